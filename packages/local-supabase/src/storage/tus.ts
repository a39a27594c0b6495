import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { ERRORS, Metadata, Server, type ServerOptions, type Upload } from "@tus/server";
import { Hono } from "hono";
import type { Caller } from "../gate.ts";
import { parseMetadata } from "./body.ts";
import { commitObject } from "./commit.ts";
import { type StorageContext, type StorageEnv, serverCaller, subjectOf } from "./context.ts";
import { hashFile } from "./durable-file.ts";
import { refuse, toStorageApiError } from "./errors.ts";
import { verifySignedUrl } from "./signing.ts";
import { ResumableStore } from "./tus-store.ts";
import { admitUpload, describeObject, type UploadTarget } from "./upload.ts";

type TusRequest = Parameters<NonNullable<ServerOptions["onIncomingRequest"]>>[0];
type TusMetadata = NonNullable<Upload["metadata"]>;

/** One request of a resumable upload: by a token, or by the signature of a signed upload URL. */
interface Session {
  by: { caller: Caller; upsert: boolean } | { signature: string | undefined };
  /** Known once the request is admitted. */
  target?: UploadTarget;
}

// The most a resumable upload may carry where the bucket sets no limit.
const RESUMABLE_LIMIT_BYTES = 50 * 1024 ** 3;
const METHODS = ["POST", "PATCH", "DELETE", "OPTIONS", "GET"]; // Hono routes HEAD as GET

/**
 * `/upload/resumable`: tus 1.0 by @tus/server. Unlike the rest it answers with true status codes and plain text.
 * Each request that writes asks again whether the caller may; the row is written when the last byte is here.
 */
export function tusRoutes(context: StorageContext): { app: Hono<StorageEnv>; store: ResumableStore } {
  const store = new ResumableStore(join(context.files.dir, ".tus"));
  const sessions = new WeakMap<TusRequest, Session>();
  const server = createServer(context, { store, sessionOf: (request) => sessions.get(request) as Session });
  const handle = (by: Session["by"], request: Request): Promise<Response> => {
    sessions.set(request, { by });
    return server.handleWeb(request);
  };

  const app = new Hono<StorageEnv>();
  // @tus/server gives a finished upload's bytes to whoever knows its URL; the real server has no such route.
  app.use("/upload/resumable/*", async (c, next) => (c.req.method === "GET" ? c.notFound() : next()));
  app.on(METHODS, ["/upload/resumable/sign", "/upload/resumable/sign/:id"], (c) =>
    handle({ signature: c.req.header("x-signature") }, c.req.raw),
  );
  app.on(METHODS, ["/upload/resumable", "/upload/resumable/:id"], async (c) => {
    if (c.req.method === "OPTIONS") return handle({ signature: undefined }, c.req.raw);
    const caller = await context.authenticate(c.req.raw); // fails in the shape of the REST routes, as on the real server
    return handle({ caller, upsert: c.req.header("x-upsert") === "true" }, c.req.raw);
  });
  return { app, store };
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function createServer(
  context: StorageContext,
  { store, sessionOf }: { store: ResumableStore; sessionOf: (request: TusRequest) => Session },
): Server {
  const admitKnown = async (request: TusRequest, id: string): Promise<number> => {
    const upload = await store.configstore.get(id);
    if (!upload?.metadata) throw ERRORS.FILE_NOT_FOUND;
    return admit(context, sessionOf(request), { version: id, metadata: upload.metadata, size: upload.size });
  };
  return new Server({
    path: "/upload/resumable",
    datastore: store,
    disableTerminationForFinishedUploads: true,
    namingFunction: () => randomUUID(),
    generateUrl: (request, { id }) => `${request.url.replace(/\/*(\?.*)?$/, "")}/${id}`,
    getFileIdFromRequest: (_request, last) => (last && UUID.test(last) ? last : undefined),
    // Asked first of all at creation, and again by each PATCH.
    maxSize: (request, id) => {
      if (request.method === "PATCH" && id) return admitKnown(request, id);
      const metadata = Metadata.parse(request.headers.get("upload-metadata") ?? undefined);
      const length = request.headers.get("upload-length");
      return admit(context, sessionOf(request), {
        version: id ?? "",
        metadata,
        size: length === null ? undefined : Number(length),
      });
    },
    onIncomingRequest: async (request, id) => {
      if (request.method === "DELETE") await admitKnown(request, id);
    },
    onUploadFinish: async (request, upload) => {
      await store.finish(upload.id, () =>
        complete(context, { target: sessionOf(request).target as UploadTarget, upload, store }),
      );
      return { headers: { "Tus-Complete": "1" } };
    },
    onResponseError: (_request, error) => {
      if (!(error instanceof Error)) return undefined; // @tus/server's own
      const { statusCode, message } = toStorageApiError(error);
      return { status_code: statusCode, body: message };
    },
  });
}

/** @returns the size that the upload may reach */
async function admit(
  context: StorageContext,
  session: Session,
  upload: { version: string; metadata: TusMetadata; size: number | undefined },
): Promise<number> {
  const { bucketName, objectName, contentType, metadata } = upload.metadata;
  if (!bucketName || !objectName) throw refuse.invalidRequest("Metadata header is required");
  session.target = await targetOf(context, session, { bucketId: bucketName, name: objectName });
  const { limitBytes } = await admitUpload(context, session.target, {
    version: upload.version,
    limitBytes: RESUMABLE_LIMIT_BYTES,
    mimetype: contentType ?? undefined,
    sizeBytes: upload.size,
    userMetadata: parseMetadata(metadata ?? ""),
  });
  return limitBytes;
}

async function targetOf(
  { jwtSecret }: StorageContext,
  { by }: Session,
  object: { bucketId: string; name: string },
): Promise<UploadTarget> {
  if ("caller" in by)
    return { ...object, writer: by.caller, ownerId: subjectOf(by.caller), upsert: by.upsert };
  const claims = await verifySignedUrl(jwtSecret, by.signature, {
    url: `${object.bucketId}/${object.name}`,
    upload: true,
  });
  const ownerId = claims.owner ?? null;
  return { ...object, writer: serverCaller(ownerId), ownerId, upsert: claims.upsert === true };
}

/** The last byte is here: the same steps as a standard upload's after its content came in. */
async function complete(
  context: StorageContext,
  { target, upload, store }: { target: UploadTarget; upload: Upload; store: ResumableStore },
): Promise<void> {
  const { contentType, cacheControl, metadata } = upload.metadata ?? {};
  const content = await hashFile(store.pathOf(upload.id));
  const object = describeObject(target, upload.id, {
    ...content,
    mimetype: contentType ?? "application/octet-stream",
    cacheControl: /^\d+$/.test(cacheControl ?? "") ? `max-age=${cacheControl}` : "no-cache",
    userMetadata: parseMetadata(metadata ?? ""),
  });
  await context.files.storeCopy(object, store.pathOf(upload.id));
  await commitObject(context, target.writer, { object, upsert: target.upsert });
}
