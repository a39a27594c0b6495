import { classify } from "@pilab/retry";
import { type ErrorCode, isPilabError, PilabError } from "@pilab/schema";
import { z } from "zod";
import type { Answer } from "./transport/transport.ts";

/** What was being done when an error came, for the message that a person reads. */
export interface ErrorContext {
  /** A noun phrase: "upload of frame.jpg to pilab-dev/pi-1/…". */
  readonly what: string;
  /** Replaces the usual next step of a code. */
  readonly hints?: Partial<Record<ErrorCode, string>>;
}

/** A refusal as it came over the wire, with the fields that `classify` of `@pilab/retry` decides by. */
export class AnswerError extends Error {
  override readonly name = "AnswerError";
  readonly status: number;
  readonly statusCode: string | undefined;
  readonly code: string | undefined;
  readonly headers: Record<string, unknown> | undefined;

  constructor(message: string, fields: Pick<AnswerError, "status" | "statusCode" | "code" | "headers">) {
    super(message);
    this.status = fields.status;
    this.statusCode = fields.statusCode;
    this.code = fields.code;
    this.headers = fields.headers;
  }
}

/** Reads the refusal out of an answer: Storage's JSON, a gateway's JSON, or TUS's plain text. */
export function answerError({ status, headers, body }: Answer): AnswerError {
  const text = body.toString("utf8");
  const fields = parseObject(text);
  const message = firstString(
    fields.message,
    fields.msg,
    fields.error,
    Object.keys(fields).length ? "" : text,
  );
  return new AnswerError(message?.slice(0, 500) || `HTTP ${status}`, {
    status,
    statusCode: firstString(fields.statusCode),
    code: firstString(fields.error_code, fields.code),
    headers,
  });
}

/** What supabase-js resolves with, success or not. */
export interface SupabaseResult {
  readonly data: unknown;
  readonly error: { message: string } | null;
  readonly status?: number;
}

/** The data of a supabase-js result; its error, which forgets the HTTP status, is thrown with it. */
export function dataOf<R extends SupabaseResult>(result: R): Extract<R, { error: null }>["data"] {
  const { data, error, status } = result;
  if (error === null) return data;
  const fields = error as { status?: number; statusCode?: string; code?: string };
  const refusal = new AnswerError(error.message, {
    status: status ?? fields.status ?? 0,
    statusCode: firstString(fields.statusCode),
    code: firstString(fields.code),
    headers: undefined,
  });
  refusal.cause = error;
  throw refusal;
}

/** An answer that must have a certain shape: anything else is a server that cannot be relied on. */
export function parsed<S extends z.ZodType>(schema: S, data: unknown, what: string): z.output<S> {
  const result = schema.safeParse(data);
  if (result.success) return result.data;
  throw new PilabError(
    "server_lied",
    `${what}: the answer is not what it should be: ${z.prettifyError(result.error)}`,
  );
}

const HINTS: Partial<Record<ErrorCode, string>> = {
  not_signed_in:
    "Check the project's key, and that this account's e-mail and password are those that devices.create() gave.",
  forbidden: "This account's role does not allow it.",
  bucket_missing: "Check STORAGE_BUCKET, and that the migrations were applied to this project.",
  network: "Check SUPABASE_URL and the network between this machine and the server.",
  // Of errors of the wire, these alone are called so: no certificate that is trusted here, or no TLS at all.
  server_lied:
    "Check https:// or http:// in the URL. NODE_EXTRA_CA_CERTS names the certificate of a server that made its own.",
  timeout: "The server or the network is slow or hangs; the same call may succeed later.",
  server_busy: "The server is overloaded or starting; try again later.",
};

/** The one place where any error of the wire, of supabase-js or of Node becomes a PilabError. */
export function toPilabError(error: unknown, { what, hints = {} }: ErrorContext): PilabError {
  if (isPilabError(error)) return error;
  const { code, retryAfterMs } = classify(error);
  const refusal = error instanceof AnswerError ? error : undefined;
  const reason = reasonOf(error);
  return new PilabError(code, `${what} failed: ${reason}`, {
    hint: hints[code] ?? HINTS[code],
    cause: error,
    details: {
      ...(refusal && { status: refusal.status, serverCode: refusal.code ?? refusal.statusCode }),
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    },
  });
}

/** The innermost message: "fetch failed" alone helps nobody. */
function reasonOf(error: unknown): string {
  let reason = "unknown error";
  for (let link = error, depth = 0; link instanceof Error && depth < 8; link = link.cause, depth += 1) {
    if (link.message !== "") reason = link.message.trimEnd();
    else if ("code" in link) reason = String(link.code);
  }
  return error instanceof Error ? reason : String(error);
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function firstString(...values: unknown[]): string | undefined {
  return values.find((value): value is string => typeof value === "string" && value !== "");
}
