import { type Context, Hono } from "hono";
import { type Caller, enter } from "../gate.ts";
import { readIncoming } from "./body.ts";
import { type StorageContext, type StorageEnv, subjectOf } from "./context.ts";
import { serveObject } from "./download.ts";
import { refuse } from "./errors.ts";
import { listFolder, listPage } from "./listing.ts";
import { deleteObjects } from "./remove.ts";
import { listBody, listV2Body, readJson, removeBody, transferBody } from "./requests.ts";
import { findBucket, findObject, type ObjectRow } from "./rows.ts";
import { transferObject } from "./transfer.ts";
import { uploadObject } from "./upload.ts";

/** `/object`: uploads, downloads, lists, moves and removals under the caller's own rights on storage.objects. */
export function objectRoutes(context: StorageContext): Hono<StorageEnv> {
  const { asCaller, authenticate, engine } = context;
  const app = new Hono<StorageEnv>();

  /** A public bucket's objects are everyone's; else row-level security says. */
  const readableObject = (caller: Caller, bucketId: string, name: string): Promise<ObjectRow> =>
    engine.transaction(async (tx) => {
      const bucket = await findBucket(tx, bucketId);
      if (!bucket.public) await enter(tx, caller);
      return findObject(tx, bucketId, name);
    });
  const publicObject = (bucketId: string, name: string): Promise<ObjectRow> =>
    engine.transaction(async (tx) => {
      const bucket = await findBucket(tx, bucketId);
      if (!bucket.public) throw refuse.noSuchBucket();
      return findObject(tx, bucketId, name);
    });

  app.get("/object/public/:bucket/:path{.+}", (c) => {
    const { bucket, path } = c.req.param();
    return serveObject(c, context, { find: () => publicObject(bucket, path) });
  });
  app.get("/object/info/public/:bucket/:path{.+}", async (c) => {
    const { bucket, path } = c.req.param();
    return c.json(objectInfo(await publicObject(bucket, path)));
  });

  const info = async (c: Context<StorageEnv, "/:bucket/:path">): Promise<Response> => {
    const caller = await authenticate(c.req.raw);
    const { bucket, path } = c.req.param();
    return c.json(objectInfo(await readableObject(caller, bucket, path)));
  };
  app.get("/object/info/authenticated/:bucket/:path{.+}", info);
  app.get("/object/info/:bucket/:path{.+}", info);

  const download = async (c: Context<StorageEnv, "/:bucket/:path">): Promise<Response> => {
    const caller = await authenticate(c.req.raw);
    const { bucket, path } = c.req.param();
    return serveObject(c, context, { find: () => readableObject(caller, bucket, path) });
  };
  app.get("/object/authenticated/:bucket/:path{.+}", download);
  app.get("/object/:bucket/:path{.+}", download);

  app.post("/object/list/:bucket", async (c) => {
    const caller = await authenticate(c.req.raw);
    const body = await readJson(c, listBody);
    return c.json(await asCaller(caller, (tx) => listFolder(tx, c.req.param("bucket"), body)));
  });
  app.post("/object/list-v2/:bucket", async (c) => {
    const caller = await authenticate(c.req.raw);
    const body = await readJson(c, listV2Body);
    return c.json(await asCaller(caller, (tx) => listPage(tx, c.req.param("bucket"), body)));
  });

  for (const kind of ["move", "copy"] as const) {
    app.post(`/object/${kind}`, async (c) => {
      const caller = await authenticate(c.req.raw);
      const body = await readJson(c, transferBody);
      const upsert = kind === "copy" && c.req.header("x-upsert") === "true";
      const { id, key } = await transferObject(context, caller, { kind, upsert, ...body });
      return c.json(
        kind === "move" ? { message: "Successfully moved", Id: id, Key: key } : { Key: key, Id: id },
      );
    });
  }

  const upload = async (c: Context<StorageEnv, "/:bucket/:path">): Promise<Response> => {
    const caller = await authenticate(c.req.raw);
    const { bucket, path } = c.req.param();
    const target = { writer: caller, bucketId: bucket, name: path, ownerId: subjectOf(caller) };
    const upsert = c.req.method === "PUT" || c.req.header("x-upsert") === "true";
    const { id } = await uploadObject(context, { ...target, upsert }, await readIncoming(c));
    return c.json({ Key: `${bucket}/${path}`, Id: id });
  };
  app.post("/object/:bucket/:path{.+}", upload);
  app.put("/object/:bucket/:path{.+}", upload);

  app.delete("/object/:bucket", async (c) => {
    const caller = await authenticate(c.req.raw);
    const { prefixes } = await readJson(c, removeBody);
    return c.json(await deleteObjects(context, caller, { bucketId: c.req.param("bucket"), names: prefixes }));
  });
  app.delete("/object/:bucket/:path{.+}", async (c) => {
    const caller = await authenticate(c.req.raw);
    const { bucket, path } = c.req.param();
    const removed = await deleteObjects(context, caller, { bucketId: bucket, names: [path] });
    if (removed.length === 0) throw refuse.noSuchKey();
    return c.json({ message: "Successfully deleted" });
  });

  return app;
}

/** What `info()` shows: it asks the row only, so it answers where the file is lost too. */
function objectInfo(row: ObjectRow): Record<string, unknown> {
  const { size, mimetype, cacheControl, eTag, lastModified } = row.metadata;
  return {
    id: row.id,
    name: row.name,
    version: row.version,
    bucket_id: row.bucket_id,
    size,
    content_type: mimetype,
    cache_control: cacheControl,
    etag: eTag,
    metadata: row.user_metadata,
    last_modified: lastModified,
    created_at: row.created_at,
  };
}
