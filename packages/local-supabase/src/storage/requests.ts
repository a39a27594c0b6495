import type { Context } from "hono";
import { z } from "zod";
import type { StorageEnv } from "./context.ts";
import { refuse } from "./errors.ts";

/** Reads and checks a JSON body. @throws {StorageApiError} InvalidRequest naming the first field that is wrong */
export async function readJson<T extends z.ZodType>(c: Context<StorageEnv>, schema: T): Promise<z.infer<T>> {
  const body: unknown = await c.req.json().catch(() => {
    throw refuse.invalidRequest("Body is not valid JSON");
  });
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw refuse.invalidRequest(`body/${issue?.path.join("/") ?? ""} ${issue?.message ?? "is invalid"}`);
}

const sizeLimit = z.union([z.number().int().nonnegative(), z.string()]).nullish();

/** `POST /bucket` */
export const createBucketBody = z.object({
  id: z.string().optional(),
  name: z.string(),
  public: z.boolean().nullish(),
  file_size_limit: sizeLimit,
  allowed_mime_types: z.array(z.string()).nullish(),
});

/** `PUT /bucket/:id`: what is absent stays as it is, null takes a limit away. */
export const updateBucketBody = createBucketBody.omit({ id: true, name: true });

/** `DELETE /object/:bucket` */
export const removeBody = z.object({ prefixes: z.array(z.string()).min(1).max(1000) });

/** `POST /object/move` and `/object/copy` */
export const transferBody = z.object({
  bucketId: z.string(),
  sourceKey: z.string(),
  destinationKey: z.string(),
  destinationBucket: z.string().optional(),
  copyMetadata: z.boolean().optional(),
  metadata: z.record(z.string(), z.unknown()).optional(),
});

const expiresIn = z.number().int().min(1);

/** `POST /object/sign/:bucket/:path` */
export const signBody = z.object({ expiresIn });

/** `POST /object/sign/:bucket` */
export const signManyBody = z.object({ expiresIn, paths: z.array(z.string()).min(1).max(1000) });

const order = z.enum(["asc", "desc"]).default("asc");

/** `POST /object/list/:bucket`. The cap is silent, as on the real server. */
export const listBody = z.object({
  prefix: z.string(),
  limit: z
    .number()
    .int()
    .min(1)
    .default(100)
    .transform((limit) => Math.min(limit, 1500)),
  offset: z.number().int().min(0).default(0),
  search: z.string().nullish(),
  sortBy: z
    .object({
      column: z.enum(["name", "updated_at", "created_at", "last_accessed_at"]).default("name"),
      order,
    })
    .prefault({}),
});

/** `POST /object/list-v2/:bucket` */
export const listV2Body = z.object({
  prefix: z.string().default(""),
  limit: z
    .number()
    .int()
    .min(1)
    .default(1000)
    .transform((limit) => Math.min(limit, 1000)),
  cursor: z.string().optional(),
  with_delimiter: z.boolean().default(false),
  sortBy: z
    .object({ column: z.enum(["name", "updated_at", "created_at"]).default("name"), order })
    .prefault({}),
});
