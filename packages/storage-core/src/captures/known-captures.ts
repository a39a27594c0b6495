import type { PilabContext } from "../context.ts";
import { dataOf } from "../supabase-error.ts";

/** What the server says of one content hash, for one device. */
export interface KnownCapture {
  readonly sha256: string;
  /** `stored`: row and object are there. `missing`: the row is there, its object is not. */
  readonly state: "stored" | "trashed" | "purged" | "missing" | "unknown";
  readonly id: string | null;
  readonly objectPath: string | null;
  readonly sizeBytes: number | null;
}

/** The most hashes, or rows, or paths that one call takes. */
export const MAX_BATCH = 500;

/** Settings of {@link knownCaptures}. */
export interface KnownOptions {
  /** The device's id; only with the service key. */
  readonly forDeviceId?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Asks for many hashes in one call, before bytes are sent. At most 500; one answer a distinct hash. */
export async function knownCaptures(
  ctx: PilabContext,
  hashes: readonly string[],
  { forDeviceId, signal }: KnownOptions = {},
): Promise<Map<string, KnownCapture>> {
  const rows = await ctx.call(
    { what: `asking which of ${hashes.length} captures are known` },
    async (attempt) =>
      dataOf(
        await ctx.supabase
          .rpc("known_captures", {
            bucket_id: ctx.bucket,
            hashes: [...new Set(hashes)],
            for_device_id: forDeviceId ?? null,
          })
          .abortSignal(attempt.signal),
      ) as KnownRow[],
    { signal },
  );
  return new Map(
    rows.map(({ sha256, state, id, object_path, size_bytes }) => [
      sha256,
      { sha256, state, id, objectPath: object_path, sizeBytes: size_bytes },
    ]),
  );
}

interface KnownRow {
  sha256: string;
  state: KnownCapture["state"];
  id: string | null;
  object_path: string | null;
  size_bytes: number | null;
}
