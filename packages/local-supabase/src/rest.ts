import { type App, fuzzyMatch } from "@supabase/lite";
import { type Caller, callerFromHeaders, TokenError, type TokenFault } from "./gate.ts";
import type { LiteConnection } from "./lite/connection.ts";
import { clientGone, readWhole } from "./whole-request.ts";

/** What {@link createRest} needs. */
export interface RestOptions {
  app: App;
  connection: LiteConnection;
  jwtSecret: string;
}

/** `/rest/v1`: finds the caller, and lets lite answer with every statement run as that caller. */
export function createRest({
  app,
  connection,
  jwtSecret,
}: RestOptions): (request: Request) => Promise<Response> {
  return async (request) => {
    if (request.method === "OPTIONS") return app.fetch(request);
    const url = new URL(request.url);
    let caller: Caller;
    try {
      caller = await callerFromHeaders(jwtSecret, request.headers, url.searchParams);
    } catch (error) {
      if (error instanceof TokenError) return refusal(error);
      throw error;
    }
    const path = url.pathname.slice("/rest/v1".length);
    const unknown = await unknownRelation(connection, path, request.headers);
    if (unknown) return unknown;
    const whole = await readWhole(withoutCredentials(request, url));
    if (whole === null) return clientGone();
    const context = { caller, method: request.method, path };
    return connection.requests.run(context, () => app.fetch(whole));
  };
}

/** lite answers the same, and writes a stack trace to the console each time. */
async function unknownRelation(
  connection: LiteConnection,
  path: string,
  headers: Headers,
): Promise<Response | undefined> {
  const name = /^\/([^/%]+)$/.exec(path)?.[1];
  const schema = headers.get("accept-profile") ?? headers.get("content-profile") ?? "public";
  if (name === undefined || schema !== "public") return undefined;
  const { tables, views } = await connection.introspect({ useCache: true });
  const known = [...tables, ...views]
    .filter((relation) => relation.schema === schema)
    .map((relation) => relation.name);
  if (known.includes(name)) return undefined;
  const similar = fuzzyMatch(name, known);
  return Response.json(
    {
      code: "PGRST205",
      details: null,
      hint: similar && `Perhaps you meant the table 'public.${similar}'`,
      message: `Could not find the table 'public.${name}' in the schema cache`,
    },
    { status: 404 },
  );
}

/**
 * The request without its credentials, which were judged here: lite would look up user and session for each one, and take
 * an `apikey` in the query for a column.
 */
function withoutCredentials(request: Request, url: URL): Request {
  const headers = new Headers(request.headers);
  headers.delete("authorization");
  headers.delete("apikey");
  url.searchParams.delete("apikey");
  const { method, body } = request;
  return new Request(url, { method, headers, ...(body && { body, duplex: "half" }) });
}

/** PostgREST's answers to a token, and the gateway's to none. */
function refusal(error: TokenError): Response {
  if (error.fault === "missing") return Response.json({ message: error.message }, { status: 401 });
  const [code, message] = REFUSALS[error.fault];
  return Response.json(
    { code, details: null, hint: null, message: message ?? error.message },
    {
      status: 401,
      headers: { "www-authenticate": `Bearer error="invalid_token", error_description="${message ?? ""}"` },
    },
  );
}

const REFUSALS: Record<Exclude<TokenFault, "missing">, [code: string, message?: string]> = {
  malformed: ["PGRST301", "JWT cryptographic operation failed"],
  signature: ["PGRST301", "JWSError JWSInvalidSignature"],
  expired: ["PGRST303", "JWT expired"],
  not_yet: ["PGRST303", "JWT not yet valid"],
  role: ["22023"],
};
