import type { Caller } from "../gate.ts";
import type { StorageContext } from "./context.ts";
import { isRefusal } from "./errors.ts";
import type { FileRef } from "./object-files.ts";
import { deleteRows, type ObjectRow } from "./rows.ts";

/**
 * Deletes objects as the caller may, and gives back those that really went. The sidecars are set aside before the
 * rows go, so that a crash in between leaves nothing that `rebuild` would bring back.
 */
export async function deleteObjects(
  { asCaller, files, logger }: StorageContext,
  caller: Caller,
  objects: { bucketId: string; names: string[] },
): Promise<ObjectRow[]> {
  let suspended: FileRef[] = [];
  const rows = await asCaller(caller, async (tx) => {
    const deleted = await deleteRows(tx, objects.bucketId, objects.names);
    suspended = deleted;
    await Promise.all(deleted.map((row) => files.suspend(row)));
    return deleted;
  }).catch(async (error: unknown) => {
    if (isRefusal(error)) await Promise.all(suspended.map((ref) => files.settle(ref)));
    throw error;
  });
  await Promise.all(
    rows.map((row) =>
      files
        .discard(row)
        .catch((error: unknown) =>
          logger.warn({ err: error, object: row.name }, "file of a deleted object left"),
        ),
    ),
  );
  return rows;
}
