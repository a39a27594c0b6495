import { randomUUID } from "node:crypto";
import type { Caller } from "../gate.ts";
import { commitObject } from "./commit.ts";
import { type StorageContext, subjectOf } from "./context.ts";
import { isRefusal, refuse } from "./errors.ts";
import { mustBeValidKey } from "./names.ts";
import type { StoredObject } from "./object-files.ts";
import { findBucket, findObject, type ObjectRow } from "./rows.ts";

/** A move or a copy, as the body of the request says it. */
export interface Transfer {
  kind: "move" | "copy";
  bucketId: string;
  sourceKey: string;
  destinationKey: string;
  destinationBucket?: string | undefined;
  upsert: boolean;
  /** False replaces the object's user metadata by `metadata`. */
  copyMetadata?: boolean | undefined;
  metadata?: Record<string, unknown> | undefined;
}

/** Moves or copies an object within the caller's rights. No byte is copied: content is immutable, a link is enough. */
export async function transferObject(
  context: StorageContext,
  caller: Caller,
  transfer: Transfer,
): Promise<{ id: string; key: string }> {
  const { kind, bucketId, sourceKey, destinationKey, destinationBucket = bucketId } = transfer;
  mustBeValidKey(destinationKey);
  await context.engine.transaction((tx) => findBucket(tx, destinationBucket));
  const source = await context.asCaller(caller, (tx) => findObject(tx, bucketId, sourceKey));
  const object: StoredObject = {
    bucket_id: destinationBucket,
    name: destinationKey,
    version: randomUUID(),
    owner_id: kind === "move" ? source.owner_id : subjectOf(caller),
    created_at: kind === "move" ? source.created_at : new Date().toISOString(),
    metadata: source.metadata,
    user_metadata: (transfer.copyMetadata === false ? transfer.metadata : source.user_metadata) ?? {},
  };
  await context.files.storeCopy(object, source);
  const { id } =
    kind === "move"
      ? await commitMove(context, caller, { source, object })
      : await commitObject(context, caller, { object, upsert: transfer.upsert });
  return { id, key: `${destinationBucket}/${destinationKey}` };
}

/** A move keeps the row, and so its id: it needs UPDATE on it, and the new name free. */
async function commitMove(
  { asCaller, files }: StorageContext,
  caller: Caller,
  { source, object }: { source: ObjectRow; object: StoredObject },
): Promise<{ id: string }> {
  await asCaller(caller, async (tx) => {
    const { affected } = await tx.query(
      "update storage.objects set bucket_id = $3, name = $4, version = $5 where id = $1 and version = $2",
      [source.id, source.version, object.bucket_id, object.name, object.version],
    );
    // Readable but not the caller's to change; or replaced a moment ago.
    if (affected === 0) throw refuse.noSuchKey();
    await files.suspend(source);
  }).catch(async (error: unknown) => {
    if (isRefusal(error)) {
      await files.settle(source);
      await files.discard(object);
    }
    throw error;
  });
  await files.settle(object);
  await files.discard(source);
  return { id: source.id };
}
