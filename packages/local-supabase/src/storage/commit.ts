import type { Caller } from "../gate.ts";
import type { StorageContext } from "./context.ts";
import { isRefusal } from "./errors.ts";
import type { FileRef, StoredObject } from "./object-files.ts";
import { committedVersions, writeRow } from "./rows.ts";

/**
 * Writes the row of a published object as `writer`, and tidies the files after the outcome: the new ones are settled
 * and the replaced ones removed, or the new ones removed where Postgres refused.
 */
export async function commitObject(
  { asCaller, files, logger }: StorageContext,
  writer: Caller,
  options: { object: StoredObject; upsert: boolean },
): Promise<{ id: string }> {
  const { object, upsert } = options;
  let replaced: FileRef | undefined;
  const id = await asCaller(writer, async (tx) => {
    const row = await writeRow(tx, object, upsert);
    if (row.replaced !== null) {
      replaced = { bucket_id: object.bucket_id, version: row.replaced };
      await files.suspend(replaced);
    }
    return row.id;
  }).catch(async (error: unknown) => {
    if (isRefusal(error)) {
      await files.discard(object);
      if (replaced) await files.settle(replaced);
    } else {
      // The commit may have come through. Both stay pending, and the next start asks.
      logger.warn(
        { err: error, bucket: object.bucket_id, object: object.name },
        "row of an upload left in doubt",
      );
    }
    throw error;
  });
  await files.settle(object);
  if (replaced) await files.discard(replaced);
  return { id };
}

/** Settles what the last process left in doubt: the row decides. */
export async function sweep({
  engine,
  files,
  logger,
}: Pick<StorageContext, "engine" | "files" | "logger">): Promise<void> {
  await files.open();
  const pending = await files.pending();
  if (pending.length === 0) return;
  const committed = await committedVersions(engine, pending);
  const orphans = pending.filter((object) => !committed.has(object.version));
  await Promise.all(
    pending.filter((object) => committed.has(object.version)).map((object) => files.settle(object)),
  );
  await Promise.all(orphans.map((object) => files.discard(object)));
  logger.warn({ settled: committed.size, removed: orphans.length }, "settled what a crash left in doubt");
}
