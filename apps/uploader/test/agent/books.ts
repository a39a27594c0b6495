import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import type { AgentLab } from "./lab.ts";

/** What the closing of the books found; every list is empty when they are in order. */
export interface Books {
  readonly written: number;
  readonly catalogued: number;
  readonly freed: number;
  /** Written and not in the catalogue. */
  readonly lost: string[];
  /** In the catalogue more than once, or not among what was written. */
  readonly wrongRows: string[];
  /** The object is missing or holds other bytes. */
  readonly wrongObjects: string[];
  /** Objects, thumbnails included, that no row tells of. */
  readonly orphans: string[];
  /** No longer on the disk, and the journal has no proof that the server holds these very bytes, in this very row. */
  readonly freedWithoutProof: string[];
  /** The server's statistics against what was written. */
  readonly statistics: { ok: number; duplicate: number; bytes: number };
}

/** Compares what was written with the catalogue, the objects, the disk and the journal. */
export async function closeTheBooks(lab: AgentLab): Promise<Books> {
  const { written } = lab;
  const rows = await lab.rows<{
    sha256: string;
    object_path: string;
    thumbnail_path: string | null;
    id: string;
  }>("select id, sha256, object_path, thumbnail_path from captures where device_id = $1", [lab.deviceId]);
  const objects = await lab.rows<{ bucket_id: string; name: string }>(
    "select bucket_id, name from storage.objects where name like $1",
    [`${lab.slug}/%`],
  );
  const byHash = Map.groupBy(rows, ({ sha256 }) => sha256);
  const wrongObjects: string[] = [];
  for (const { id, sha256, object_path } of rows) {
    const bytes = await lab.admin.captures
      .get(id)
      .then((capture) => lab.admin.captures.download(capture))
      .catch(() => Buffer.alloc(0));
    if (createHash("sha256").update(bytes).digest("hex") !== sha256) wrongObjects.push(object_path);
  }
  const told = new Set(
    rows.flatMap(({ object_path, thumbnail_path }) => [object_path, `thumbs ${thumbnail_path}`]),
  );
  // A name may have held several pictures: each has its own proof.
  const proofs = new Set(
    lab
      .journal<{ path: string; sha256: string; capture_id: string }>(
        `select path, lower(hex(sha256)) as sha256, capture_id from files where state = 'freed'
         and object_path is not null and verified_by is not null and confirmed_at_ms is not null`,
      )
      .map(({ path, sha256, capture_id }) => `${path} ${sha256} ${capture_id}`),
  );
  const absent = [...written].filter(([, path]) => !existsSync(path));
  const isProven = ([sha256, path]: [string, string]) =>
    (byHash.get(sha256) ?? []).some(({ id }) => proofs.has(`${path} ${sha256} ${id}`));
  const [statistics] = await lab.rows<Books["statistics"]>(
    `select coalesce(sum(ok), 0)::int as ok, coalesce(sum(duplicate), 0)::int as duplicate, coalesce(sum(bytes), 0)::int as bytes
     from upload_stats_hourly where device_id = $1`,
    [lab.deviceId],
  );
  return {
    written: written.size,
    catalogued: rows.length,
    freed: absent.length,
    lost: [...written].filter(([hash]) => !byHash.has(hash)).map(([, path]) => path),
    wrongRows: [...byHash]
      .filter(([hash, all]) => all.length !== 1 || !written.has(hash))
      .map(([hash]) => hash),
    wrongObjects,
    orphans: objects
      .map(({ bucket_id, name }) => (bucket_id.endsWith("-thumbs") ? `thumbs ${name}` : name))
      .filter((name) => !told.has(name)),
    freedWithoutProof: absent.filter((file) => !isProven(file)).map(([, path]) => path),
    statistics: statistics as Books["statistics"],
  };
}
