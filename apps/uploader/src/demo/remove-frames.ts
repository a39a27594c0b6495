import type { AdminCall } from "./admin-api.ts";

/** Which captures {@link removeFrames} takes. */
export interface RemoveFramesOptions {
  bucket: string;
  deviceId: string;
  /** The newest so many stay. */
  keep: number;
  signal?: AbortSignal;
}

interface Row {
  id: string;
  object_path: string;
  thumbnail_path: string | null;
}

/** A page: its ids fit a URL, its objects one call of the Storage API. */
const PAGE = 200;

/**
 * Removes a demo device's captures but for the newest ones and pinned ones, in the order of every purge: the row is
 * marked `purging`, object and thumbnail go through the Storage API, and only then the row becomes a tombstone. A run that was
 * cut off in between is finished by the next. Gives the number of captures removed.
 */
export async function removeFrames(
  call: AdminCall,
  { bucket, deviceId, keep, signal }: RemoveFramesOptions,
): Promise<number> {
  let removed = 0;
  for (;;) {
    signal?.throwIfAborted();
    const page = await call<Row[]>("GET", `/rest/v1/captures?${query({ bucket, deviceId, keep })}`);
    if (page.length === 0) return removed;
    await removePage(call, bucket, page);
    removed += page.length;
  }
}

function query({ bucket, deviceId, keep }: RemoveFramesOptions): string {
  return new URLSearchParams({
    select: "id,object_path,thumbnail_path",
    bucket_id: `eq.${bucket}`,
    device_id: `eq.${deviceId}`,
    purged_at: "is.null",
    pinned_at: "is.null",
    order: "captured_at.desc,id.desc",
    offset: String(keep),
    limit: String(PAGE),
  }).toString();
}

async function removePage(call: AdminCall, bucket: string, page: Row[]): Promise<void> {
  const these = `id=in.(${page.map((row) => row.id).join(",")})`;
  const now = new Date().toISOString();
  await call("PATCH", `/rest/v1/captures?${these}&deleted_at=is.null`, {
    deleted_at: now,
    delete_reason: "demo frame",
  });
  await call("PATCH", `/rest/v1/captures?${these}&purging_at=is.null`, { purging_at: now });
  await call("DELETE", `/storage/v1/object/${bucket}`, { prefixes: page.map((row) => row.object_path) });
  const thumbnails = page.flatMap((row) => row.thumbnail_path ?? []);
  if (thumbnails.length > 0)
    await call("DELETE", `/storage/v1/object/${bucket}-thumbs`, { prefixes: thumbnails });
  await call("PATCH", `/rest/v1/captures?${these}`, {
    purged_at: new Date().toISOString(),
    exif: {},
    metadata: {},
  });
}
