import type { RestRequest } from "./connection.ts";

/** The fields that PGlite and node-postgres both give an error of Postgres. */
export interface DatabaseError extends Error {
  code: string;
  detail?: string;
  hint?: string;
}

/** True for an error that Postgres itself raised: it carries a SQLSTATE. */
export function isDatabaseError(error: unknown): error is DatabaseError {
  return (
    error instanceof Error &&
    "code" in error &&
    typeof error.code === "string" &&
    /^[0-9A-Z]{5}$/.test(error.code)
  );
}

/** Answers as PostgREST does: its HTTP status for the SQLSTATE, and code, message, details and hint in the body. */
export function databaseErrorResponse(error: DatabaseError, request: RestRequest): Response {
  const signedIn = request.caller.role !== "anon";
  const { code, detail = null, hint = null } = error;
  const status = httpStatus(code, error.message, signedIn);
  const headers = new Headers({ "proxy-status": `PostgREST; error=${code}` });
  if (status === 401) headers.set("www-authenticate", "Bearer");
  return Response.json(
    { code, message: message(error, request), details: detail, hint },
    { status, headers },
  );
}

/** As PostgREST says that its pool has no connection to give. */
export function noConnectionResponse(error: Error): Response {
  return Response.json(
    {
      code: "PGRST003",
      message: "Timed out acquiring connection from connection pool.",
      details: error.message,
      hint: null,
    },
    { status: 504, headers: { "retry-after": "1" } },
  );
}

/** PostgREST qualifies columns in the SQL it writes and lite does not; the message is part of what clients see. */
function message(error: DatabaseError, request: RestRequest): string {
  if (error.code !== "42703" || request.path.startsWith("/rpc/")) return error.message;
  const relation = /^\/([^/?]+)/.exec(request.path)?.[1];
  return error.message.replace(
    /^column "?([^".]+)"? does not exist$/,
    `column ${relation}.$1 does not exist`,
  );
}

/** PostgREST's `pgErrorStatus`: https://docs.postgrest.org/en/stable/references/errors.html#http-status-codes */
export function httpStatus(code: string, text: string, signedIn: boolean): number {
  if (code === "42501") return signedIn ? 403 : 401;
  if (code === "22023" && /^role .* does not exist$/.test(text)) return 401;
  if (code === "21000" && text.endsWith("requires a WHERE clause")) return 400;
  const raised = /^PT([1-5]\d\d)$/.exec(code);
  if (raised) return Number(raised[1]);
  return BY_CODE[code] ?? BY_CLASS[code.slice(0, 2)] ?? 400;
}

const BY_CODE: Record<string, number> = {
  "23503": 409,
  "23505": 409,
  "25006": 405,
  "53400": 500,
  "57P01": 503,
  P0001: 400,
  "42883": 404,
  "42P01": 404,
  "42P17": 500,
};

const BY_CLASS: Record<string, number> = {
  "08": 503,
  "09": 500,
  "0L": 403,
  "0P": 403,
  "21": 500,
  "25": 500,
  "28": 403,
  "2D": 500,
  "38": 500,
  "39": 500,
  "3B": 500,
  "40": 500,
  "53": 503,
  "54": 500,
  "55": 500,
  "57": 500,
  "58": 500,
  F0: 500,
  HV: 500,
  P0: 500,
  PT: 500,
  XX: 500,
};
