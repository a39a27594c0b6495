import { randomUUID } from "node:crypto";
import type { Caller } from "../gate.ts";
import type { IncomingObject } from "./body.ts";
import { commitObject } from "./commit.ts";
import type { StorageContext } from "./context.ts";
import { refuse } from "./errors.ts";
import { mustBeAllowedType, mustBeValidKey } from "./names.ts";
import type { ObjectMetadata, StoredObject } from "./object-files.ts";
import { type BucketRules, probeWrite, type RowDraft } from "./rows.ts";

/** The most that a standard upload may carry, as hosted Supabase sets it by default. */
export const STANDARD_LIMIT_BYTES = 50 * 1024 * 1024;

/** Where an upload goes and under whose rights. */
export interface UploadTarget {
  writer: Caller;
  bucketId: string;
  name: string;
  ownerId: string | null;
  upsert: boolean;
}

/**
 * A standard upload. It reads as its plan: ask, receive, put into place, write the row. The row is refused where
 * another upload of the name was quicker; without `upsert` exactly one of many wins.
 */
export async function uploadObject(
  context: StorageContext,
  target: UploadTarget,
  incoming: IncomingObject,
): Promise<{ id: string }> {
  const version = randomUUID();
  const { limitBytes } = await admitUpload(context, target, {
    version,
    limitBytes: STANDARD_LIMIT_BYTES,
    mimetype: incoming.mimetype,
    sizeBytes: incoming.contentLength,
    userMetadata: incoming.userMetadata,
  });
  const object = await context.files.store({ bucket_id: target.bucketId, version }, incoming.content, {
    limitBytes,
    describe: (received) => describeObject(target, version, { ...incoming, ...received }),
  });
  return commitObject(context, target.writer, { object, upsert: target.upsert });
}

/** What is known of an upload before its bytes. */
export interface UploadClaim {
  version: string;
  /** The server's own limit; the bucket's may be lower. */
  limitBytes: number;
  /** Undefined passes the bucket's MIME rule, as on the real server. */
  mimetype: string | undefined;
  sizeBytes: number | undefined;
  userMetadata: Record<string, unknown>;
}

/** Refuses what the key, the bucket's rules or row-level security forbid, and says how many bytes may come. */
export async function admitUpload(
  { engine }: StorageContext,
  target: UploadTarget,
  claim: UploadClaim,
): Promise<{ limitBytes: number }> {
  mustBeValidKey(target.name);
  let limitBytes = claim.limitBytes;
  const check = (bucket: BucketRules): void => {
    limitBytes = Math.min(limitBytes, bucket.file_size_limit ?? limitBytes);
    if (claim.mimetype !== undefined) mustBeAllowedType(claim.mimetype, bucket.allowed_mime_types);
    if (claim.sizeBytes !== undefined && claim.sizeBytes > limitBytes) throw refuse.entityTooLarge();
  };
  await probeWrite(engine, target.writer, { row: draftRow(target, claim), upsert: target.upsert, check });
  return { limitBytes };
}

/** Policies may read the size, the type and the client's own metadata, so the probe carries them. */
function draftRow(target: UploadTarget, claim: UploadClaim): RowDraft {
  const metadata: Partial<ObjectMetadata> = {};
  if (claim.mimetype !== undefined) metadata.mimetype = claim.mimetype;
  if (claim.sizeBytes !== undefined)
    Object.assign(metadata, { size: claim.sizeBytes, contentLength: claim.sizeBytes });
  return {
    bucket_id: target.bucketId,
    name: target.name,
    version: claim.version,
    owner_id: target.ownerId,
    metadata,
    user_metadata: claim.userMetadata,
  };
}

/** The object as its row and sidecar will say it. */
export function describeObject(
  target: Pick<UploadTarget, "bucketId" | "name" | "ownerId">,
  version: string,
  content: {
    size: number;
    eTag: string;
    mimetype: string;
    cacheControl: string;
    userMetadata: Record<string, unknown>;
  },
): StoredObject {
  const { size, eTag, mimetype, cacheControl } = content;
  const now = new Date().toISOString();
  return {
    bucket_id: target.bucketId,
    name: target.name,
    version,
    owner_id: target.ownerId,
    created_at: now,
    metadata: {
      eTag,
      size,
      mimetype,
      cacheControl,
      lastModified: now,
      contentLength: size,
      httpStatusCode: 200,
    },
    user_metadata: content.userMetadata,
  };
}
