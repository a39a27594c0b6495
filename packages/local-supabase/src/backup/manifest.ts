import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { PilabError } from "@pilab/schema";
import { z } from "zod";

const manifest = z.object({
  format: z.literal("pilab-local-backup/1"),
  createdAt: z.string(),
  /** The engine it was taken from; it can be restored into either. */
  engine: z.enum(["pglite", "postgres"]),
  /** Versions of the migrations that the rows fit, in order. */
  migrations: z.array(z.string()),
  tables: z.array(
    z.object({
      schema: z.string(),
      name: z.string(),
      file: z.string(),
      rows: z.number().int(),
      sha256: z.string(),
    }),
  ),
  sequences: z.array(z.object({ schema: z.string(), name: z.string(), value: z.number().int() })),
  files: z.object({
    count: z.number().int(),
    bytes: z.number().int(),
    /** SHA-256 of files.jsonl, which holds that of each file. */
    sha256: z.string(),
    /** Versions whose row was there and whose file was not: mostly objects removed while the backup ran. */
    missing: z.array(z.string()),
  }),
});

/** What a backup holds, so that it can be verified and restored without the server that made it. */
export type Manifest = z.infer<typeof manifest>;

/** One line of files.jsonl. */
export interface FileEntry {
  /** Below `files/`, with forward slashes. */
  path: string;
  size: number;
  sha256: string;
}

/** The names inside a backup folder. */
export const BACKUP = {
  manifest: "manifest.json",
  keys: "keys.json",
  rows: "rows",
  files: "files",
  fileList: "files.jsonl",
  snapshot: ".snapshot",
} as const;

/** @throws PilabError `invalid_input` when the folder holds no finished backup */
export async function readManifest(folder: string): Promise<Manifest> {
  const text = await readFile(join(folder, BACKUP.manifest), "utf8").catch(() => undefined);
  // It is written last: a folder without it is a backup that was not finished.
  if (text === undefined)
    throw new PilabError("invalid_input", `${folder} holds no finished backup: it has no manifest.json`);
  try {
    return manifest.parse(JSON.parse(text));
  } catch (cause) {
    throw new PilabError("invalid_input", `${folder}/manifest.json is not the manifest of a PiLab backup`, {
      cause,
    });
  }
}
