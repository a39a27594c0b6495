import { Hono } from "hono";
import type { Tx } from "../engine.ts";
import { type StorageContext, type StorageEnv, subjectOf } from "./context.ts";
import { refuse, sqlState } from "./errors.ts";
import { mustBeValidBucketName, parseFileSizeLimit } from "./names.ts";
import { deleteObjects } from "./remove.ts";
import { createBucketBody, readJson, updateBucketBody } from "./requests.ts";

const COLUMNS = "id, name, owner, public, type, file_size_limit, allowed_mime_types, created_at, updated_at";
const SORT_COLUMNS = ["id", "name", "created_at", "updated_at"];

/** `/bucket`: everything under the caller's own rights on storage.buckets. */
export function bucketRoutes(context: StorageContext): Hono<StorageEnv> {
  const { asCaller, authenticate } = context;
  const app = new Hono<StorageEnv>();

  app.post("/bucket", async (c) => {
    const caller = await authenticate(c.req.raw);
    const body = await readJson(c, createBucketBody);
    const id = body.id ?? body.name;
    mustBeValidBucketName(id);
    const values = [
      id,
      body.name,
      subjectOf(caller),
      body.public ?? false,
      parseFileSizeLimit(body.file_size_limit),
    ];
    await asCaller(caller, (tx) => tx.query(INSERT, [...values, body.allowed_mime_types ?? null])).catch(
      (error: unknown) => {
        throw sqlState(error) === "23505" ? refuse.bucketAlreadyExists(error) : error;
      },
    );
    return c.json({ name: id });
  });

  app.get("/bucket", async (c) => {
    const caller = await authenticate(c.req.raw);
    const { limit, offset, search, sortColumn = "id", sortOrder } = c.req.query();
    if (!SORT_COLUMNS.includes(sortColumn)) throw refuse.invalidParameter("Invalid Parameter sortColumn");
    const { rows } = await asCaller(caller, (tx) =>
      tx.query(
        `select ${COLUMNS} from storage.buckets where name ilike '%' || $1::text || '%'
         order by ${sortColumn} ${sortOrder === "desc" ? "desc" : "asc"} limit $2::int offset $3::int`,
        [(search ?? "").replace(/[\\%_]/g, "\\$&"), limit ?? null, offset ?? 0],
      ),
    );
    return c.json(rows);
  });

  app.get("/bucket/:id", async (c) => {
    const caller = await authenticate(c.req.raw);
    return c.json(await asCaller(caller, (tx) => visibleBucket(tx, c.req.param("id"))));
  });

  app.put("/bucket/:id", async (c) => {
    const caller = await authenticate(c.req.raw);
    const body = await readJson(c, updateBucketBody);
    const change = {
      ...body,
      ...("file_size_limit" in body && { file_size_limit: parseFileSizeLimit(body.file_size_limit) }),
    };
    const { affected } = await asCaller(caller, (tx) =>
      tx.query(UPDATE, [c.req.param("id"), JSON.stringify(change)]),
    );
    if (affected === 0) throw refuse.noSuchBucket();
    return c.json({ message: "Successfully updated" });
  });

  app.post("/bucket/:id/empty", async (c) => {
    const caller = await authenticate(c.req.raw);
    const id = c.req.param("id");
    await asCaller(caller, (tx) => visibleBucket(tx, id));
    for (;;) {
      const { rows } = await asCaller(caller, (tx) =>
        tx.query<{ name: string }>("select name from storage.objects where bucket_id = $1 limit 1000", [id]),
      );
      const removed = await deleteObjects(context, caller, {
        bucketId: id,
        names: rows.map((row) => row.name),
      });
      // None left, or none that this caller may delete.
      if (removed.length === 0)
        return c.json({ message: "Empty bucket has been queued. Completion may take up to an hour." });
    }
  });

  app.delete("/bucket/:id", async (c) => {
    const caller = await authenticate(c.req.raw);
    const id = c.req.param("id");
    await asCaller(caller, async (tx) => {
      await visibleBucket(tx, id);
      await tx.query("select set_config('storage.allow_delete_query', 'true', true)");
      await tx.query("delete from storage.buckets where id = $1", [id]);
    }).catch((error: unknown) => {
      throw sqlState(error) === "23503" ? refuse.bucketNotEmpty() : error;
    });
    return c.json({ message: "Successfully deleted" });
  });

  return app;
}

const INSERT = `insert into storage.buckets (id, name, owner, owner_id, public, file_size_limit, allowed_mime_types)
  values ($1, $2, case when $3::text ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then $3::text::uuid end, $3::text, $4, $5, $6)`;

// A field that is absent stays; null is a value.
const UPDATE = `update storage.buckets set
    public = coalesce(($2::jsonb ->> 'public')::boolean, public),
    file_size_limit = case when $2::jsonb ? 'file_size_limit' then ($2::jsonb ->> 'file_size_limit')::bigint else file_size_limit end,
    allowed_mime_types = case when not $2::jsonb ? 'allowed_mime_types' then allowed_mime_types
      when jsonb_typeof($2::jsonb -> 'allowed_mime_types') = 'array'
        then array(select jsonb_array_elements_text($2::jsonb -> 'allowed_mime_types')) end,
    updated_at = now()
  where id = $1`;

async function visibleBucket(tx: Tx, id: string): Promise<unknown> {
  const { rows } = await tx.query(`select ${COLUMNS} from storage.buckets where id = $1`, [id]);
  if (!rows[0]) throw refuse.noSuchBucket();
  return rows[0];
}
