import { z } from "zod";
import { numeric } from "./fields.ts";

/** STORAGE_BUCKET (pilab-dev) and MAX_FILE_SIZE (26214400 bytes) → `{ bucket, maxFileSizeBytes }`. */
export const storageEnv = z
  .object({
    STORAGE_BUCKET: z
      .string()
      .default("pilab-dev")
      // bucket_settings' own rule: the thumbnails' bucket is this name with -thumbs.
      .refine((name) => /^[^/\s]{1,93}$/.test(name) && !name.endsWith("-thumbs"), {
        error: "a bucket's name of at most 93 characters, without / and not ending in -thumbs",
      }),
    MAX_FILE_SIZE: numeric("a whole number of bytes from 1", 26_214_400, { min: 1, whole: true }),
  })
  .transform((raw) => ({ bucket: raw.STORAGE_BUCKET, maxFileSizeBytes: raw.MAX_FILE_SIZE }));
