import { PilabError } from "@pilab/schema";
import { describe, expect, test } from "vitest";
import { REDACTED, redactKeys, redactText } from "./redact.ts";

const jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJkZXZpY2UifQ.c2lnbmF0dXJl-_x";

describe("redactText", () => {
  test.each([
    ["a JWT", `token ${jwt} expired`, `token ${REDACTED} expired`],
    ["a cut JWT", "bad eyJhbGciOiJIUzI1NiJ9.eyJzdWIi.", `bad ${REDACTED}`],
    ["a header", `Authorization: Bearer abcdefgh12345678`, `Authorization: Bearer ${REDACTED}`],
    ["basic credentials", "authorization: basic dXNlcjpwYXNzd29yZA==", `authorization: basic ${REDACTED}`],
    [
      "a signed URL",
      "GET https://x.supabase.co/storage/v1/object/sign/b/a.jpg?token=abc.def-123&download=1 400",
      `GET https://x.supabase.co/storage/v1/object/sign/b/a.jpg?token=${REDACTED}&download=1 400`,
    ],
    [
      "tokens of a redirect",
      "#access_token=a1&refresh_token=b2",
      `#access_token=${REDACTED}&refresh_token=${REDACTED}`,
    ],
    ["a secret key", "key sb_secret_AbC-123_x refused", `key ${REDACTED} refused`],
    ["a password in a URL", "postgres://pilab:p%40ss!w@db:5432/x", `postgres://pilab:${REDACTED}@db:5432/x`],
    ["a line of .env", "PI_PASSWORD=hunter2 next", `PI_PASSWORD=${REDACTED} next`],
    ["quoted JSON", '{"password":"hunter2","a":1}', `{"password":"${REDACTED}","a":1}`],
    [
      "JSON quoted in JSON",
      '"{\\"refresh_token\\": \\"abc\\"}"',
      `"{\\"refresh_token\\": \\"${REDACTED}\\"}"`,
    ],
  ])("takes out %s", (_title, text, expected) => {
    expect(redactText(text)).toBe(expected);
  });

  test.each([
    "http://127.0.0.1:54321/storage/v1/object/pilab-dev/this-machine/2026/01/02/030405-abcdef012345.jpg",
    "3 tokens left, the basic idea, bearer of news",
    "sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "sb_publishable_abc is public",
  ])("leaves %j as it is", (text) => {
    expect(redactText(text)).toBe(text);
  });
});

describe("redactKeys", () => {
  test("takes out what stands under a secret's name at any depth, in any spelling", () => {
    const fields = {
      headers: { Authorization: "Bearer x", "x-api-key": "k", accept: "*/*", "Set-Cookie": ["a=1"] },
      env: [{ SUPABASE_SERVICE_ROLE_KEY: "s", supabaseAnonKey: "a", SUPABASE_URL: "http://x" }],
      session: { access_token: "t", refreshToken: "r", user: { id: "u", password: "p" } },
      signedUrl: "https://x?token=1",
      lease_token: 7,
    };
    expect(redactKeys(fields)).toEqual({
      headers: { Authorization: REDACTED, "x-api-key": REDACTED, accept: "*/*", "Set-Cookie": REDACTED },
      env: [{ SUPABASE_SERVICE_ROLE_KEY: REDACTED, supabaseAnonKey: REDACTED, SUPABASE_URL: "http://x" }],
      session: { access_token: REDACTED, refreshToken: REDACTED, user: { id: "u", password: REDACTED } },
      signedUrl: REDACTED,
      lease_token: REDACTED,
    });
  });

  test("still says that a secret is missing, empty or off", () => {
    const fields = { password: null, token: "", secret: false };
    expect(redactKeys(fields)).toEqual(fields);
  });

  test("leaves words alone that only contain a secret's name", () => {
    const fields = { tokens: 3, key: "pilab-dev/a.jpg", secretary: "x", passwordless: true };
    expect(redactKeys(fields)).toEqual(fields);
  });

  test("writes errors with type, code, details and causes, their secrets taken out", () => {
    const cause = Object.assign(new Error("refused"), { code: "ECONNREFUSED", apiKey: "k" });
    const err = new PilabError("network", "no answer", {
      cause,
      hint: "Check the Wi-Fi.",
      details: { password: "p" },
    });
    expect(redactKeys({ err })).toEqual({
      err: {
        type: "PilabError",
        message: "no answer",
        stack: expect.stringContaining("redact.test.ts"),
        code: "network",
        hint: "Check the Wi-Fi.",
        details: { password: REDACTED },
        cause: {
          type: "Error",
          message: "refused",
          stack: expect.any(String),
          code: "ECONNREFUSED",
          apiKey: REDACTED,
        },
      },
    });
  });

  test("writes each error of an AggregateError", () => {
    const { err } = redactKeys({ err: new AggregateError([new Error("a"), new Error("b")]) }) as {
      err: { errors: unknown };
    };
    expect(err.errors).toMatchObject([{ message: "a" }, { message: "b" }]);
  });

  test("counts bytes instead of writing them, and asks toJSON", () => {
    expect(redactKeys({ body: Buffer.alloc(9), at: new Date(0), url: new URL("http://a/b") })).toEqual({
      body: "[9 bytes]",
      at: "1970-01-01T00:00:00.000Z",
      url: "http://a/b",
    });
  });

  test("ends circles and depths", () => {
    const circle: Record<string, unknown> = { a: 1 };
    circle.self = circle;
    expect(redactKeys({ circle })).toEqual({ circle: { a: 1, self: "[circular]" } });
    let deep: unknown = "end";
    for (let level = 0; level < 50; level += 1) deep = { deep };
    expect(JSON.stringify(redactKeys({ deep }))).toContain("[object]");
  });

  test("does not touch what it was given", () => {
    const fields = Object.freeze({ headers: Object.freeze({ authorization: "Bearer x" }) });
    redactKeys(fields);
    expect(fields.headers.authorization).toBe("Bearer x");
  });

  test("never throws: a getter that does is told instead", () => {
    const fields = {
      get broken(): string {
        throw new Error("no");
      },
    };
    expect(redactKeys(fields)).toEqual({ unloggable: "no" });
  });
});
