import { ERRORS, type ErrorCode, PilabError } from "@pilab/schema";
import { describe, expect, test } from "vitest";
import { type Classification, classify } from "./classify.ts";

const transient = (code: ErrorCode): Classification => ({ kind: "transient", code });
const permanent = (code: ErrorCode): Classification => ({ kind: "permanent", code });
const token: Classification = { kind: "token", code: "not_signed_in" };
const aborted: Classification = { kind: "aborted", code: "aborted" };

/** As undici's fetch throws it. */
const fetchFailed = (code: string) =>
  Object.assign(new TypeError("fetch failed"), { cause: Object.assign(new Error("x"), { code }) });

/** As storage-js throws it when the body was JSON. */
const storage = (statusCode: string, code: string, message: string) =>
  Object.assign(new Error(message), { name: "StorageApiError", status: 400, statusCode, code });

describe("the Storage server, which hides the true status behind HTTP 400", () => {
  test.each([
    ["a duplicate", "409", "KeyAlreadyExists", "The resource already exists", permanent("already_exists")],
    ["RLS", "403", "AccessDenied", "new row violates row-level security policy", permanent("forbidden")],
    [
      "a too large object",
      "413",
      "EntityTooLarge",
      "The object exceeded the maximum allowed size",
      permanent("too_large"),
    ],
    [
      "a MIME type",
      "415",
      "InvalidMimeType",
      "mime type text/plain is not supported",
      permanent("unsupported_type"),
    ],
    ["a missing bucket", "404", "NoSuchBucket", "Bucket not found", permanent("bucket_missing")],
    ["a missing object", "404", "NoSuchKey", "Object not found", permanent("not_found")],
    ["a broken token", "403", "AccessDenied", "Invalid Compact JWS", token],
    ["an expired token", "403", "AccessDenied", '"exp" claim timestamp check failed', token],
    ["an expired signed URL", "400", "InvalidJWT", "jwt expired", token],
    [
      "no Authorization",
      "400",
      "InvalidRequest",
      "headers must have required property 'authorization'",
      token,
    ],
    [
      "a refused key whose name looks like a token",
      "400",
      "InvalidKey",
      "Invalid key: a/JWT#.jpg",
      permanent("invalid_input"),
    ],
    ["an access rule without a known reason", "403", "AccessDenied", "Access denied", permanent("forbidden")],
    ["a non-UUID sub", "400", "InvalidParameter", "Invalid Parameter", permanent("invalid_input")],
    ["too many requests", "429", "SlowDown", "Too many requests", transient("rate_limited")],
    [
      "a database timeout",
      "544",
      "DatabaseTimeout",
      "The connection to the database timed out",
      transient("timeout"),
    ],
    ["a lock timeout", "503", "LockTimeout", "acquiring lock timeout", transient("server_busy")],
    ["a locked resource", "423", "ResourceLocked", "The resource is locked", transient("server_busy")],
    ["Postgres down", "500", "InternalError", "Internal server error", transient("server_error")],
    [
      "a role that does not exist",
      "500",
      "DatabaseError",
      'role "boss" does not exist',
      permanent("forbidden"),
    ],
    ["another database error", "500", "DatabaseError", "something broke", transient("server_error")],
  ])("%s", (_case, statusCode, code, message, expected) => {
    expect(classify(storage(statusCode, code, message))).toEqual(expected);
    expect(classify({ statusCode, code, message, error: "x" }), "the raw body").toEqual(expected);
  });

  test("an old body without a code is decided by its message, then by its statusCode", () => {
    expect(classify({ status: 400, statusCode: "409", message: "The resource already exists" })).toEqual(
      permanent("already_exists"),
    );
    expect(classify({ status: 400, statusCode: "503", message: "" })).toEqual(transient("server_busy"));
  });
});

test.each([
  ["409", 409, "Upload-Offset conflict", permanent("conflict")],
  ["409", 409, "The resource already exists", permanent("already_exists")],
  ["410", 410, "Upload expired", permanent("not_found")],
  ["413", 413, "Maximum size exceeded", permanent("too_large")],
  ["423", 423, "The resource is locked", transient("server_busy")],
])("TUS %s with its plain text", (_title, status, message, expected) => {
  expect(classify({ status, message })).toEqual(expected);
});

test.each<[number, Classification]>([
  [0, transient("network")],
  [400, permanent("invalid_input")],
  [401, token],
  [403, permanent("forbidden")],
  [404, permanent("not_found")],
  [408, transient("timeout")],
  [409, permanent("conflict")],
  [410, permanent("not_found")],
  [413, permanent("too_large")],
  [415, permanent("unsupported_type")],
  [422, permanent("invalid_input")],
  [425, transient("server_busy")],
  [429, transient("rate_limited")],
  [431, permanent("invalid_input")],
  [500, transient("server_error")],
  [502, transient("server_busy")],
  [503, transient("server_busy")],
  [504, transient("timeout")],
  [522, transient("server_error")],
  [544, transient("timeout")],
])("HTTP %i", (status, expected) => {
  expect(classify({ status, message: "" })).toEqual(expected);
});

test.each<[string, Classification]>([
  ["40001", transient("server_busy")],
  ["40P01", transient("server_busy")],
  ["53300", transient("server_busy")],
  ["55P03", transient("server_busy")],
  ["57P03", transient("server_busy")],
  ["57014", transient("timeout")],
  ["08006", transient("server_busy")],
  ["25006", transient("server_busy")],
  ["XX000", transient("server_error")],
  ["PGRST000", transient("server_busy")],
  ["PGRST003", transient("timeout")],
  ["PGRST301", token],
  ["PGRST303", token],
  ["PGRST116", permanent("not_found")],
  ["PGRST205", permanent("not_found")],
  ["PGRST102", permanent("invalid_input")],
  ["42501", permanent("forbidden")],
  ["23505", permanent("already_exists")],
  ["23503", permanent("conflict")],
  ["23514", permanent("invalid_input")],
  ["22023", permanent("invalid_input")],
  ["P0001", permanent("invalid_input")],
])("PostgREST and Postgres %s", (code, expected) => {
  expect(classify({ code, message: "m", details: null, hint: null })).toEqual(expected);
});

test("a network error of postgrest-js, which has status 0 and no code", () => {
  const error = { message: "TypeError: fetch failed", details: "…", hint: "", code: "" };
  expect(classify(error)).toEqual(transient("network"));
  const untrusted =
    "Error: self-signed certificate in certificate chain; if the root CA is installed locally, try …";
  expect(classify({ ...error, message: untrusted })).toEqual(permanent("server_lied"));
  expect(classify({ ...error, message: "AbortError: This operation was aborted" })).toEqual(aborted);
});

test.each<[string, number, string | undefined, Classification]>([
  ["AuthApiError", 400, "invalid_credentials", permanent("not_signed_in")],
  ["AuthApiError", 403, "bad_jwt", token],
  ["AuthApiError", 400, "refresh_token_not_found", token],
  ["AuthApiError", 429, "over_request_rate_limit", transient("rate_limited")],
  ["AuthApiError", 403, "user_banned", permanent("not_signed_in")],
  ["AuthRetryableFetchError", 0, undefined, transient("network")],
  ["AuthRetryableFetchError", 503, undefined, transient("server_busy")],
])("%s %i %s", (name, status, code, expected) => {
  expect(classify(Object.assign(new Error("m"), { name, status, code }))).toEqual(expected);
});

test.each([
  [
    "a missing session",
    { name: "AuthSessionMissingError", status: 400, message: "Auth session missing!" },
    token,
  ],
  ["the gateway refusing the key", { status: 401, message: "Invalid API key" }, permanent("not_signed_in")],
  [
    "an old Auth body",
    { code: 400, error_code: "invalid_credentials", msg: "Invalid login credentials" },
    permanent("not_signed_in"),
  ],
  ["a PostgREST token error without a code", { status: 401, message: "JWT expired" }, token],
])("%s", (_title, error, expected) => {
  expect(classify(error)).toEqual(expected);
});

test.each<[string, Classification]>([
  ["ECONNRESET", transient("network")],
  ["ECONNREFUSED", transient("network")],
  ["ENOTFOUND", transient("network")],
  ["EAI_AGAIN", transient("network")],
  ["EPIPE", transient("network")],
  ["UND_ERR_SOCKET", transient("network")],
  ["ETIMEDOUT", transient("timeout")],
  ["UND_ERR_CONNECT_TIMEOUT", transient("timeout")],
  ["UND_ERR_HEADERS_TIMEOUT", transient("timeout")],
  ["UND_ERR_BODY_TIMEOUT", transient("timeout")],
  ["HPE_INVALID_CONSTANT", transient("network")],
  ["CERT_NOT_YET_VALID", transient("network")],
  ["SELF_SIGNED_CERT_IN_CHAIN", permanent("server_lied")],
  ["ERR_SSL_WRONG_VERSION_NUMBER", permanent("server_lied")],
  ["UND_ERR_REQ_CONTENT_LENGTH_MISMATCH", permanent("file_changed")],
  ["ENOENT", permanent("file_unreadable")],
])("%s, thrown or as the cause of a failed fetch", (code, expected) => {
  expect(classify(Object.assign(new Error("x"), { code }))).toEqual(expected);
  expect(classify(fetchFailed(code))).toEqual(expected);
  expect(
    classify({ name: "StorageUnknownError", message: "fetch failed", originalError: fetchFailed(code) }),
  ).toEqual(expected);
});

describe("stopping", () => {
  test("an AbortError is aborted, a TimeoutError is transient", () => {
    expect(classify(new DOMException("x", "AbortError"))).toEqual(aborted);
    expect(classify(new DOMException("x", "TimeoutError"))).toEqual(transient("timeout"));
    expect(classify(Object.assign(new Error("Request aborted"), { code: "UND_ERR_ABORTED" }))).toEqual(
      aborted,
    );
  });
});

describe("PilabError", () => {
  test.each(Object.entries(ERRORS))(
    "%s is transient exactly when the table of codes says retryable",
    (code, { retryable }) => {
      const { kind, code: classified } = classify(new PilabError(code as ErrorCode, "m"));
      expect(classified).toBe(code);
      expect(kind === "transient").toBe(retryable);
    },
  );

  test("decides before what caused it", () => {
    const error = new PilabError("path_conflict", "m", { cause: { code: "ECONNRESET" } });
    expect(classify(error)).toEqual(permanent("path_conflict"));
    expect(classify(new PilabError("aborted", "m"))).toEqual(aborted);
    expect(classify(new PilabError("not_signed_in", "m"))).toEqual(token);
  });
});

test.each([
  [undefined],
  [null],
  ["boom"],
  [42],
  [new Error("a bug")],
  [{ code: "ERR_NEW" }],
  [{ status: 200 }],
])("what it does not know is ours and permanent: %s", (error) => {
  expect(classify(error)).toEqual(permanent("internal"));
});

test("ends a circular cause chain", () => {
  const error: { cause?: unknown } = {};
  error.cause = error;
  expect(classify(error)).toEqual(permanent("internal"));
});

describe("retryAfterMs", () => {
  const date = "Wed, 21 Oct 2026 07:28:00 GMT";
  test.each<[string, unknown, number | undefined]>([
    ["seconds in a Headers object", { status: 503, headers: new Headers({ "Retry-After": "7" }) }, 7000],
    ["seconds in a plain record, any case", { status: 429, headers: { "RETRY-AFTER": "0.5" } }, 500],
    [
      "a response's headers",
      { status: 503, response: { headers: new Headers({ "retry-after": "2" }) } },
      2000,
    ],
    [
      "the headers of a cause",
      { message: "m", cause: { status: 503, headers: { "retry-after": "3" } } },
      3000,
    ],
    [
      "an HTTP-date, measured on the server's own clock",
      { status: 503, headers: { "retry-after": date, date: "Wed, 21 Oct 2026 07:27:30 GMT" } },
      30_000,
    ],
    [
      "an HTTP-date that has passed",
      { status: 503, headers: { "retry-after": "Wed, 21 Oct 2015 07:28:00 GMT" } },
      0,
    ],
    [
      "a PilabError's details",
      new PilabError("rate_limited", "m", { details: { retryAfterMs: 1500 } }),
      1500,
    ],
    ["nonsense", { status: 503, headers: { "retry-after": "soon" } }, undefined],
    ["a negative number", { status: 503, headers: { "retry-after": "-5" } }, undefined],
    ["a permanent error's header", { status: 404, headers: { "retry-after": "9" } }, undefined],
  ])("%s", (_title, error, expected) => {
    expect(classify(error).retryAfterMs).toBe(expected);
  });
});
