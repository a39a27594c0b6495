import { randomUUID } from "node:crypto";
import { Hono } from "hono";
import { readIncoming } from "./body.ts";
import { type StorageContext, type StorageEnv, serverCaller, subjectOf } from "./context.ts";
import { serveObject } from "./download.ts";
import { readJson, signBody, signManyBody } from "./requests.ts";
import { findObject } from "./rows.ts";
import { signUrl, verifySignedUrl } from "./signing.ts";
import { admitUpload, STANDARD_LIMIT_BYTES, uploadObject } from "./upload.ts";

const MISSING = "Either the object does not exist or you do not have access to it";
// As long as the real server gives.
const UPLOAD_TOKEN_SECONDS = 2 * 60 * 60;

/** Signed URLs: rights are checked when one is signed, and travel in its token. */
export function signedRoutes(context: StorageContext): Hono<StorageEnv> {
  const { asCaller, authenticate, jwtSecret } = context;
  const app = new Hono<StorageEnv>();
  const signDownload = async (url: string, expiresInSeconds: number): Promise<string> =>
    `/object/sign/${url}?token=${await signUrl(jwtSecret, { url }, { expiresInSeconds })}`;

  app.post("/object/upload/sign/:bucket/:path{.+}", async (c) => {
    const caller = await authenticate(c.req.raw);
    const { bucket, path } = c.req.param();
    const [ownerId, upsert] = [subjectOf(caller), c.req.header("x-upsert") === "true"];
    const claim = {
      version: randomUUID(),
      limitBytes: STANDARD_LIMIT_BYTES,
      mimetype: undefined,
      sizeBytes: undefined,
    };
    await admitUpload(
      context,
      { writer: caller, bucketId: bucket, name: path, ownerId, upsert },
      { ...claim, userMetadata: {} },
    );
    const claims = { url: `${bucket}/${path}`, upload: true, owner: ownerId, upsert } as const;
    const token = await signUrl(jwtSecret, claims, { expiresInSeconds: UPLOAD_TOKEN_SECONDS });
    return c.json({ url: `/object/upload/sign/${bucket}/${path}?token=${token}`, token });
  });

  app.put("/object/upload/sign/:bucket/:path{.+}", async (c) => {
    const { bucket, path } = c.req.param();
    const claims = await verifySignedUrl(jwtSecret, c.req.query("token"), {
      url: `${bucket}/${path}`,
      upload: true,
    });
    const ownerId = claims.owner ?? null;
    const target = {
      writer: serverCaller(ownerId),
      bucketId: bucket,
      name: path,
      ownerId,
      upsert: claims.upsert === true,
    };
    const { id } = await uploadObject(context, target, await readIncoming(c));
    return c.json({ Key: `${bucket}/${path}`, Id: id });
  });

  app.post("/object/sign/:bucket/:path{.+}", async (c) => {
    const caller = await authenticate(c.req.raw);
    const { bucket, path } = c.req.param();
    const { expiresIn } = await readJson(c, signBody);
    await asCaller(caller, (tx) => findObject(tx, bucket, path));
    return c.json({ signedURL: await signDownload(`${bucket}/${path}`, expiresIn) });
  });

  app.post("/object/sign/:bucket", async (c) => {
    const caller = await authenticate(c.req.raw);
    const bucket = c.req.param("bucket");
    const { expiresIn, paths } = await readJson(c, signManyBody);
    const { rows } = await asCaller(caller, (tx) =>
      tx.query<{ name: string }>(
        "select name from storage.objects where bucket_id = $1 and name = any($2::text[])",
        [bucket, paths],
      ),
    );
    const visible = new Set(rows.map((row) => row.name));
    const sign = async (path: string) =>
      visible.has(path)
        ? { error: null, path, signedURL: await signDownload(`${bucket}/${path}`, expiresIn) }
        : { error: MISSING, path, signedURL: null };
    return c.json(await Promise.all(paths.map(sign)));
  });

  app.get("/object/sign/:bucket/:path{.+}", async (c) => {
    const { bucket, path } = c.req.param();
    const { exp } = await verifySignedUrl(jwtSecret, c.req.query("token"), {
      url: `${bucket}/${path}`,
      upload: false,
    });
    const find = () => asCaller(serverCaller(), (tx) => findObject(tx, bucket, path));
    return serveObject(c, context, { find, expires: new Date(exp * 1000) });
  });

  return app;
}
