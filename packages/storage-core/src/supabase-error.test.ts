import { PilabError } from "@pilab/schema";
import { describe, expect, test } from "vitest";
import { answerError, dataOf, toPilabError } from "./supabase-error.ts";

const storage = (statusCode: string, code: string, message: string) =>
  answerError({
    status: 400,
    headers: {},
    body: Buffer.from(JSON.stringify({ statusCode, error: code, code, message })),
  });
const plain = (status: number, body: string, headers = {}) =>
  answerError({ status, headers, body: Buffer.from(body) });

describe("toPilabError", () => {
  // What the real Storage server answers, and TUS, PostgREST, Auth and gateways beside it.
  test.each([
    [storage("409", "KeyAlreadyExists", "The resource already exists"), "already_exists"],
    [storage("403", "AccessDenied", "new row violates row-level security policy"), "forbidden"],
    [storage("413", "EntityTooLarge", "The object exceeded the maximum allowed size"), "too_large"],
    [storage("415", "InvalidMimeType", "mime type text/plain is not supported"), "unsupported_type"],
    [storage("404", "NoSuchBucket", "Bucket not found"), "bucket_missing"],
    [storage("404", "NoSuchKey", "Object not found"), "not_found"],
    [storage("403", "AccessDenied", "Invalid Compact JWS"), "not_signed_in"],
    [storage("403", "AccessDenied", '"exp" claim timestamp check failed'), "not_signed_in"],
    [storage("429", "SlowDown", "Too many requests"), "rate_limited"],
    [storage("544", "DatabaseTimeout", "timed out"), "timeout"],
    [plain(409, "The resource already exists"), "already_exists"],
    [plain(413, "Maximum size exceeded"), "too_large"],
    [plain(503, "<html>Service Unavailable</html>"), "server_busy"],
    [plain(500, ""), "server_error"],
    [plain(401, '{"message":"Invalid API key"}'), "not_signed_in"],
    [
      plain(400, '{"code":400,"error_code":"invalid_credentials","msg":"Invalid login credentials"}'),
      "not_signed_in",
    ],
    [Object.assign(new Error("socket hang up"), { code: "ECONNRESET" }), "network"],
    ["a string", "internal"],
  ])("%s is %s", (error, code) => {
    expect(toPilabError(error, { what: "upload of a.jpg" }).code).toBe(code);
  });

  test("says what failed and why, keeps the cause, and what the server said for programs", () => {
    const cause = storage("404", "NoSuchBucket", "Bucket not found");
    expect(
      toPilabError(cause, { what: "upload of a.jpg", hints: { bucket_missing: "Make it." } }),
    ).toMatchObject({
      message: "upload of a.jpg failed: Bucket not found",
      hint: "Make it.",
      cause,
      details: { status: 400, serverCode: "NoSuchBucket" },
    });
  });

  test("keeps how long the server asks to wait", () => {
    const error = toPilabError(plain(429, "slow", { "retry-after": "7" }), { what: "listing" });
    expect(error.details).toMatchObject({ retryAfterMs: 7000 });
  });

  test("passes a PilabError through as it is", () => {
    const error = new PilabError("file_empty", "a.jpg is empty");
    expect(toPilabError(error, { what: "upload" })).toBe(error);
  });

  test("tells the innermost reason, not that fetch failed", () => {
    const error = new TypeError("fetch failed", { cause: new Error("getaddrinfo ENOTFOUND nowhere") });
    expect(toPilabError(error, { what: "listing" }).message).toBe(
      "listing failed: getaddrinfo ENOTFOUND nowhere",
    );
  });
});

test("dataOf throws the error of a supabase-js result with its HTTP status", () => {
  expect(dataOf({ data: [1], error: null, status: 200 })).toEqual([1]);
  const failed = { data: null, error: { message: "permission denied", code: "42501" }, status: 403 };
  expect(() => dataOf(failed)).toThrow(
    expect.objectContaining({ message: "permission denied", code: "42501", status: 403 }),
  );
});
