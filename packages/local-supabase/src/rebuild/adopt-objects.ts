import type { Engine, Tx } from "../engine.ts";
import type { StoredObject } from "../storage/object-files.ts";
import type { FoundObject } from "./read-objects.ts";

/** What a batch came to. */
export interface Adopted {
  added: number;
  /** Buckets that were made for them. */
  buckets: string[];
}

/** Gives objects on the disk their rows in storage.objects, and their buckets; rows that are there stay. */
export function adoptObjects(engine: Engine, found: readonly FoundObject[]): Promise<Adopted> {
  return engine.transaction(async (tx) => {
    const buckets = await addBuckets(tx, [...new Set(found.map(({ object }) => object.bucket_id))]);
    const { rows } = await tx.query<{ id: string }>(ADD_OBJECTS, [JSON.stringify(latest(found))]);
    return { added: rows.length, buckets };
  });
}

async function addBuckets(tx: Tx, ids: readonly string[]): Promise<string[]> {
  const { rows } = await tx.query<{ id: string }>(
    "insert into storage.buckets (id, name) select id, id from unnest($1::text[]) as id on conflict do nothing returning id",
    [ids],
  );
  return rows.map(({ id }) => id);
}

/** One version for each name: one statement cannot write the same row twice. */
function latest(found: readonly FoundObject[]): StoredObject[] {
  const byName = Map.groupBy(found, ({ object }) => JSON.stringify([object.bucket_id, object.name]));
  return [...byName.values()].map((versions) => {
    const [first, ...rest] = versions.map(({ object }) => object);
    return rest.reduce(
      (a, b) => (a.metadata.lastModified < b.metadata.lastModified ? b : a),
      first as StoredObject,
    );
  });
}

// A sidecar lies beside its file only once its row is committed: the version stored last is the one that counts.
const ADD_OBJECTS = /* sql */ `
insert into storage.objects as o (bucket_id, name, version, owner_id, owner, created_at, metadata, user_metadata)
select bucket_id, name, version, owner_id,
  case when owner_id ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then owner_id::uuid end, created_at, metadata, user_metadata
from jsonb_to_recordset($1::text::jsonb) as s(bucket_id text, name text, version text, owner_id text, created_at timestamptz,
  metadata jsonb, user_metadata jsonb)
on conflict (bucket_id, name) do update set version = excluded.version, metadata = excluded.metadata,
  user_metadata = excluded.user_metadata, owner_id = excluded.owner_id, owner = excluded.owner
where o.version <> excluded.version
  and (o.metadata ->> 'lastModified')::timestamptz < (excluded.metadata ->> 'lastModified')::timestamptz
returning o.id`;
