import { randomUUID } from "node:crypto";
import type { Engine, Tx } from "../engine.ts";
import { type Caller, enter } from "../gate.ts";
import { refuse } from "./errors.ts";
import type { FileRef, ObjectMetadata, StoredObject } from "./object-files.ts";

/** The rules of one bucket that every upload and download asks for. */
export interface BucketRules {
  id: string;
  public: boolean;
  file_size_limit: number | null;
  allowed_mime_types: string[] | null;
}

/** One row of storage.objects. */
export interface ObjectRow {
  id: string;
  bucket_id: string;
  name: string;
  owner_id: string | null;
  version: string;
  metadata: ObjectMetadata;
  user_metadata: Record<string, unknown> | null;
  created_at: string;
  updated_at: string;
  last_accessed_at: string;
}

const OBJECT_COLUMNS =
  "id, bucket_id, name, owner, owner_id, version, metadata, user_metadata, created_at, updated_at, last_accessed_at";

/** Reads a bucket's rules; `tx` must be the owner's, since callers see no bucket. @throws {StorageApiError} NoSuchBucket */
export async function findBucket(tx: Tx, id: string): Promise<BucketRules> {
  const { rows } = await tx.query<BucketRules>(
    "select id, public, file_size_limit, allowed_mime_types from storage.buckets where id = $1",
    [id],
  );
  if (!rows[0]) throw refuse.noSuchBucket();
  return rows[0];
}

/** Reads one object as whoever `tx` is. @throws {StorageApiError} NoSuchKey where it is missing or hidden */
export async function findObject(tx: Tx, bucketId: string, name: string): Promise<ObjectRow> {
  const { rows } = await tx.query<ObjectRow>(
    `select ${OBJECT_COLUMNS} from storage.objects where bucket_id = $1 and name = $2`,
    [bucketId, name],
  );
  if (!rows[0]) throw refuse.noSuchKey();
  return rows[0];
}

/** What a row says before its content has come: the size may not be known yet. */
export type RowDraft = Omit<StoredObject, "created_at" | "metadata"> & { metadata: Partial<ObjectMetadata> };

/**
 * Writes an object's row as whoever `tx` is. Without `upsert` the unique key decides a race, and nothing is returned
 * by Postgres, so that INSERT alone is permission enough; with it Postgres asks for INSERT and SELECT, and UPDATE where
 * the object exists, as on the real server.
 */
export async function writeRow(
  tx: Tx,
  object: RowDraft,
  upsert: boolean,
): Promise<{ id: string; replaced: string | null }> {
  const id = randomUUID();
  const { bucket_id, name, owner_id, version } = object;
  const values = [
    ...[id, bucket_id, name, ownerUuid(owner_id), owner_id, version],
    ...[JSON.stringify(object.metadata), JSON.stringify(object.user_metadata)],
  ];
  if (!upsert) {
    await tx.query(INSERT, values);
    return { id, replaced: null };
  }
  // One upsert of a name at a time: each must see the version that it replaces, or that one's file would stay for ever.
  await tx.query("select pg_advisory_xact_lock(hashtextextended($1, 0))", [`${bucket_id}/${name}`]);
  const { rows } = await tx.query<{ id: string; replaced: string | null }>(UPSERT, values);
  return rows[0] as { id: string; replaced: string | null };
}

const INSERT = `insert into storage.objects (id, bucket_id, name, owner, owner_id, version, metadata, user_metadata)
  values ($1, $2, $3, $4, $5, $6, $7, $8)`;

const UPSERT = `with before as (select version from storage.objects where bucket_id = $2 and name = $3)
  ${INSERT}
  on conflict (bucket_id, name) do update set owner = excluded.owner, owner_id = excluded.owner_id,
    version = excluded.version, metadata = excluded.metadata, user_metadata = excluded.user_metadata
  returning id, (select version from before) as replaced`;

const ROLLBACK = Symbol("rollback");

/**
 * Asks, before a byte is read, whether the caller could write this row, and takes the write back. `check` looks at
 * the bucket's rules first, as the real server does.
 */
export async function probeWrite(
  engine: Engine,
  writer: Caller,
  options: { row: RowDraft; upsert: boolean; check: (bucket: BucketRules) => void },
): Promise<void> {
  const { row, upsert, check } = options;
  try {
    await engine.transaction(async (tx) => {
      check(await findBucket(tx, row.bucket_id));
      await enter(tx, writer);
      await writeRow(tx, row, upsert);
      throw ROLLBACK;
    });
  } catch (error) {
    if (error !== ROLLBACK) throw error;
  }
}

/** Deletes as whoever `tx` is, and returns the rows really deleted. */
export async function deleteRows(tx: Tx, bucketId: string, names: string[]): Promise<ObjectRow[]> {
  // Transaction-local: says to the table's trigger that the files will follow.
  await tx.query("select set_config('storage.allow_delete_query', 'true', true)");
  const { rows } = await tx.query<ObjectRow>(
    `delete from storage.objects where bucket_id = $1 and name = any($2::text[]) returning ${OBJECT_COLUMNS}`,
    [bucketId, names],
  );
  return rows;
}

/** Which of these versions a row names; reads as the owner. */
export async function committedVersions(engine: Engine, objects: StoredObject[]): Promise<Set<string>> {
  const { rows } = await engine.transaction((tx) =>
    tx.query<FileRef>(
      `select o.version from storage.objects o
       join unnest($1::text[], $2::text[]) as asked (bucket_id, name) on o.bucket_id = asked.bucket_id and o.name = asked.name`,
      [objects.map((object) => object.bucket_id), objects.map((object) => object.name)],
    ),
  );
  return new Set(rows.map((row) => row.version));
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** `owner` is a uuid column; a sub that is none goes to `owner_id` only. */
function ownerUuid(ownerId: string | null): string | null {
  return ownerId !== null && UUID.test(ownerId) ? ownerId : null;
}
