import { type Context, Hono } from "hono";
import { cors } from "hono/cors";
import type { ServerLogger } from "./server.ts";
import type { StorageEnv } from "./storage/context.ts";

/** What {@link createApi} puts under one origin. */
export interface ApiOptions {
  rest: (request: Request) => Promise<Response>;
  /** False when another server has `/auth/v1`. */
  auth: ((request: Request, from: string) => Promise<Response>) | false;
  /** Mounted at `/storage/v1`; undefined when another server has it. */
  storage: Hono<StorageEnv> | undefined;
  /** Rejects while the database does not answer. */
  isReady: () => Promise<void>;
  logger: ServerLogger;
}

// What supabase-js, tus-js-client and a page of one's own read of an answer in a browser.
const EXPOSED_HEADERS = [
  ...[
    "content-range",
    "content-location",
    "preference-applied",
    "range-unit",
    "accept-ranges",
    "content-length",
    "etag",
  ],
  ...["x-total-count", "link", "retry-after", "x-sb-error-code", "proxy-status", "date"],
  ...[
    "location",
    "tus-version",
    "tus-resumable",
    "tus-max-size",
    "tus-extension",
    "upload-offset",
    "upload-length",
    "upload-expires",
  ],
];

/** One origin, open to pages of every origin as hosted Supabase is: a key or token is asked for, cookies are not used. */
export function createApi({ rest, auth, storage, isReady, logger }: ApiOptions): Hono<StorageEnv> {
  const api = new Hono<StorageEnv>();
  const allowPages = cors({
    origin: "*",
    allowMethods: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"],
    exposeHeaders: EXPOSED_HEADERS,
    maxAge: 86_400,
  });
  // An OPTIONS request that is no preflight asks the service itself (TUS and PostgREST answer it).
  api.use((c, next) => (isPlainOptions(c) ? next() : allowPages(c, next)));
  api.get("/health", async (c) => {
    const ready = await isReady().then(
      () => true,
      () => false,
    );
    return c.json({ status: ready ? "ok" : "the database does not answer" }, ready ? 200 : 503);
  });
  api.all("/rest/v1/*", (c) => rest(c.req.raw));
  if (auth) api.all("/auth/v1/*", (c) => auth(c.req.raw, c.env?.incoming?.socket.remoteAddress ?? ""));
  if (storage) api.route("/storage/v1", storage);
  api.notFound((c) => c.json({ message: "no Route matched with those values" }, 404));
  api.onError((error, c) => {
    logger.error({ err: error, method: c.req.method, path: c.req.path }, "request failed");
    return c.json({ message: "An unexpected error occurred" }, 500);
  });
  return api;
}

function isPlainOptions(c: Context): boolean {
  return c.req.method === "OPTIONS" && c.req.header("access-control-request-method") === undefined;
}
