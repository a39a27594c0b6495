import type { IncomingMessage } from "node:http";
import { Hono } from "hono";
import type { Engine } from "../engine.ts";
import type { AsCaller, Caller } from "../gate.ts";
import { drain } from "./body.ts";
import { bucketRoutes } from "./bucket-routes.ts";
import { sweep } from "./commit.ts";
import type { StorageContext, StorageEnv, StorageLogger } from "./context.ts";
import { errorBody, httpStatus, toStorageApiError } from "./errors.ts";
import { ObjectFiles } from "./object-files.ts";
import { objectRoutes } from "./object-routes.ts";
import { signedRoutes } from "./signed-routes.ts";
import { tusRoutes } from "./tus.ts";

const CLEAN_INTERVAL_MS = 60 * 60 * 1000;

/** What the Storage server needs of its surroundings. */
export interface StorageOptions {
  engine: Engine;
  asCaller: AsCaller;
  /** Finds the caller of a request. @throws {TokenError} */
  authenticate: (request: Request) => Promise<Caller>;
  /** Holds everything this part keeps on disk; the schema of {@link STORAGE_SCHEMA_SQL} holds the rest. */
  filesDir: string;
  jwtSecret: string;
  logger: StorageLogger;
}

/** `/storage/v1` as the real Storage server answers it. No request is served before the last crash is settled. */
export function createStorageApp(options: StorageOptions): { app: Hono<StorageEnv>; close(): Promise<void> } {
  const { filesDir, logger, ...rest } = options;
  const context: StorageContext = { ...rest, logger, files: new ObjectFiles(filesDir) };
  const tus = tusRoutes(context);
  const ready = sweep(context).then(() => tus.store.clean({ atStart: true }));
  ready.catch((error: unknown) =>
    logger.error({ err: error, filesDir }, "the objects folder could not be opened"),
  );
  const cleaning = setInterval(() => {
    tus.store
      .clean()
      .catch((error: unknown) => logger.warn({ err: error }, "expired uploads could not be removed"));
  }, CLEAN_INTERVAL_MS).unref();

  const app = new Hono<StorageEnv>();
  app.use(async (c, next) => {
    await ready;
    await next();
    const incoming = c.env?.incoming as IncomingMessage | undefined;
    if (incoming && !(await drain(incoming))) c.header("connection", "close");
  });
  app.get("/status", (c) => c.body(null, 200));
  for (const routes of [tus.app, signedRoutes(context), bucketRoutes(context), objectRoutes(context)])
    app.route("/", routes);
  app.notFound((c) => {
    const message = `Route ${c.req.method}:${new URL(c.req.url).pathname} not found`;
    return c.json({ message, error: "Not Found", statusCode: 404 }, 404);
  });
  app.onError((error, c) => {
    const answer = toStorageApiError(error);
    if (answer.statusCode >= 500) logger.error({ err: error, path: c.req.path }, answer.message);
    return c.json(errorBody(answer), httpStatus(answer));
  });

  return {
    app,
    close: async () => {
      clearInterval(cleaning);
      await ready.catch(() => {});
    },
  };
}
