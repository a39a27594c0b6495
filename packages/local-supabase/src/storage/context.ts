import type { HttpBindings } from "@hono/node-server";
import type { Engine } from "../engine.ts";
import type { AsCaller, Caller } from "../gate.ts";
import type { ObjectFiles } from "./object-files.ts";

/** What this part writes to the log; pino's logger fits. */
export interface StorageLogger {
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}

/** What every route of the Storage server works with. */
export interface StorageContext {
  engine: Engine;
  asCaller: AsCaller;
  /** @throws {TokenError} */
  authenticate: (request: Request) => Promise<Caller>;
  files: ObjectFiles;
  /** Signs and verifies signed URLs. */
  jwtSecret: string;
  logger: StorageLogger;
}

/** Hono's environment: Node's own request, where there is one, is read without a detour over web streams. */
export interface StorageEnv {
  Bindings: HttpBindings;
}

/** Acts for the server itself: what a signed URL allows was checked when it was signed. */
export function serverCaller(sub: string | null = null): Caller {
  return {
    role: "service_role",
    claims: { role: "service_role", ...(sub === null ? {} : { sub }) },
    headers: {},
  };
}

/** The `sub` of a token, which becomes the object's owner. */
export function subjectOf(caller: Caller): string | null {
  return typeof caller.claims.sub === "string" ? caller.claims.sub : null;
}
