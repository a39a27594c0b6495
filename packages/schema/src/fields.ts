import { z } from "zod";

// The columns that many rows share.

/** A timestamptz as PostgREST writes it: ISO 8601 with an offset. */
export const timestamp = z.iso.datetime({ offset: true });
/** A count or a number of bytes: bigint in Postgres, a safe integer here. */
export const count = z.int().nonnegative();
/** A measure of the picture. */
export const share = z.number().min(0).max(1);
/** A SHA-256 in lower-case hex. */
export const sha256 = z.string().regex(/^[0-9a-f]{64}$/, { error: "64 lower-case hex digits" });
/** The name of a series or of a shot type. */
export const label = z.string().min(1).max(200);
/** A jsonb object. */
export const jsonObject = z.record(z.string(), z.unknown());
/** Files and what they weigh, thumbnails included in the bytes. */
export const filesAndBytes = z.object({ files: count, bytes: count });
