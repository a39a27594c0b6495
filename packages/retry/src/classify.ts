import { ERRORS, type ErrorCode, isPilabError } from "@pilab/schema";
import { BY_CODE, BY_MESSAGE, BY_SQLSTATE_CLASS, BY_STATUS, type Verdict } from "./error-table.ts";
import { parseRetryAfter } from "./retry-after.ts";

/** What an error means for the next attempt. */
export interface Classification {
  /** `transient`: try again; `permanent`: do not; `token`: a new session may help; `aborted`: someone stopped it. */
  kind: "transient" | "permanent" | "token" | "aborted";
  /** The PilabError code that says the same. */
  code: ErrorCode;
  /** How long the server asks to wait, in milliseconds. Only on transient errors. */
  retryAfterMs?: number;
}

/** The fields that errors of fetch, undici, Storage, PostgREST and Auth may carry, all unchecked. */
type Link = Record<"code" | "error_code" | "status" | "statusCode" | "name" | "message" | "msg", unknown> &
  Record<"headers" | "response" | "retryAfterMs" | "cause" | "originalError", unknown>;

/**
 * Says what an error is and whether another try is worth it. Understands PilabError, AbortError and TimeoutError,
 * Node's and undici's codes, bodies of Storage (which hides the true status behind HTTP 400), of PostgREST and Auth
 * errors, plain HTTP statuses, and all of these as `cause`. What it does not know is `internal` and permanent.
 *
 * @example classify({ status: 400, statusCode: "409", code: "KeyAlreadyExists" }) // { kind: "permanent", code: "already_exists" }
 */
export function classify(error: unknown): Classification {
  const chain = causeChain(error);
  // The whole chain is asked for one sort of evidence before the next, weaker one: "fetch failed" says less than
  // the code of its cause.
  for (const decide of [byType, byCode, byMessage, byStatus]) {
    for (const link of chain) {
      const verdict = decide(link);
      if (verdict) return toClassification(verdict, chain);
    }
  }
  return { kind: "permanent", code: "internal" };
}

function causeChain(error: unknown): Link[] {
  const chain: Link[] = [];
  let link: unknown = error;
  // Eight is deeper than any real chain and ends a circular one.
  while (link !== undefined && link !== null && chain.length < 8) {
    const fields = (typeof link === "object" ? link : { message: String(link) }) as Link;
    chain.push(fields);
    link = fields.cause ?? fields.originalError;
  }
  return chain;
}

function byType(link: Link): Verdict | undefined {
  if (isPilabError(link)) return link.code === "not_signed_in" ? "token" : link.code;
  if (link.name === "AbortError") return "aborted";
  if (link.name === "TimeoutError") return "timeout";
  return undefined;
}

function byCode(link: Link): Verdict | undefined {
  for (const code of [link.code, link.error_code, link.statusCode]) {
    if (typeof code !== "string") continue;
    if (Object.hasOwn(BY_CODE, code)) return BY_CODE[code];
    if (/^(\d[0-9A-Z]|P0|XX)[0-9A-Z]{3}$/.test(code)) return BY_SQLSTATE_CLASS[code.slice(0, 2)];
    if (code.startsWith("PGRST1")) return "invalid_input";
    if (code.startsWith("HPE_")) return "network"; // Node's HTTP parser met an answer that is not HTTP
  }
  return undefined;
}

function byMessage(link: Link): Verdict | undefined {
  const message = link.message ?? link.msg;
  if (typeof message !== "string") return undefined;
  return BY_MESSAGE.find(([pattern]) => pattern.test(message))?.[1];
}

function byStatus(link: Link): Verdict | undefined {
  // The body's statusCode before the response's status, which Storage flattens to 400; Auth's old bodies say `code: 400`.
  const status = [link.statusCode, link.status, link.code].map(toStatus).find((value) => value !== undefined);
  if (status === undefined) return undefined;
  return BY_STATUS[status] ?? (status >= 500 ? "server_error" : "invalid_input");
}

function toStatus(value: unknown): number | undefined {
  const status = typeof value === "string" && value !== "" ? Number(value) : value;
  if (typeof status !== "number") return undefined;
  return status === 0 || (status >= 400 && status <= 599) ? status : undefined;
}

function toClassification(verdict: Verdict, chain: Link[]): Classification {
  if (verdict === "token") return { kind: "token", code: "not_signed_in" };
  if (verdict === "aborted") return { kind: "aborted", code: "aborted" };
  if (!ERRORS[verdict].retryable) return { kind: "permanent", code: verdict };
  const retryAfterMs = chain.map(retryAfterOf).find((ms) => ms !== undefined);
  return { kind: "transient", code: verdict, ...(retryAfterMs !== undefined && { retryAfterMs }) };
}

function retryAfterOf(link: Link): number | undefined {
  const told = isPilabError(link) ? link.details?.retryAfterMs : link.retryAfterMs;
  if (typeof told === "number" && told >= 0) return told;
  const headers = link.headers ?? (link.response as { headers?: unknown } | null | undefined)?.headers;
  const value = header(headers, "retry-after");
  // A Date header of the same answer makes an HTTP-date right on a machine whose own clock is wrong.
  return value === undefined ? undefined : parseRetryAfter(value, Date.parse(header(headers, "date") ?? ""));
}

function header(headers: unknown, name: string): string | undefined {
  if (typeof headers !== "object" || headers === null) return undefined;
  if (headers instanceof Headers) return headers.get(name) ?? undefined;
  const entry = Object.entries(headers).find(([key]) => key.toLowerCase() === name);
  return typeof entry?.[1] === "string" ? entry[1] : undefined;
}
