import { describe, expect, test } from "vitest";
import { mayAct, roleOf } from "../../lib/role.ts";
import { attachment } from "../attachment.ts";
import { contentSecurityPolicy } from "../security-headers.ts";
import { isSecure, keptSession, readSession, sessionCookies } from "./cookies.ts";
import { identityOf } from "./identity.ts";
import { isOwnOrigin } from "./own-origin.ts";
import { createRateLimit } from "./rate-limit.ts";
import { safePath } from "./safe-path.ts";

describe("the session's cookies", () => {
  const session = { accessToken: "ey.J.x", usableUntilMs: 1_000_000, refreshToken: "r" };

  test("come back as they were set, hidden from scripts and from other sites", () => {
    const cookies = sessionCookies(session, true);
    const jar = new Map(cookies.map(({ name, value }) => [name, value]));
    expect(readSession((name) => jar.get(name))).toEqual(session);
    for (const cookie of cookies)
      expect(cookie).toMatchObject({ httpOnly: true, sameSite: "lax", secure: true });
  });

  test("are taken away together, and half a session is none", () => {
    for (const cookie of sessionCookies(undefined, false))
      expect(cookie).toMatchObject({ value: "", maxAge: 0 });
    expect(readSession((name) => (name === "pilab_access" ? "5.ey" : undefined))).toBeUndefined();
    expect(readSession(() => "nonsense")).toBeUndefined();
  });

  test("end a minute before the token does, by this machine's clock; a very short token half way", () => {
    const signedIn = { accessToken: "a", refreshToken: "r" };
    expect(keptSession({ ...signedIn, expiresInS: 3600 }, 0).usableUntilMs).toBe(3_540_000);
    expect(keptSession({ ...signedIn, expiresInS: 60 }, 0).usableUntilMs).toBe(30_000);
  });

  test.each([
    [{ "x-forwarded-proto": "https" }, true],
    [{ "x-forwarded-proto": "https, http" }, true],
    [{ "x-forwarded-proto": "http" }, false],
    [{}, false],
  ])("%o came by https: %s", (headers, secure) => {
    expect(isSecure(new Headers(headers as Record<string, string>))).toBe(secure);
  });
});

describe("an identity", () => {
  const token = (claims: object) => `h.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.s`;

  test("is read from a token; a role of another's invention is none", () => {
    expect(identityOf(token({ sub: "u", email: "a@b.c", app_metadata: { pilab_role: "operator" } }))).toEqual(
      {
        userId: "u",
        email: "a@b.c",
        role: "operator",
      },
    );
    expect(identityOf(token({ sub: "u", app_metadata: { pilab_role: "root" } }))?.role).toBeNull();
    expect(identityOf(token({ sub: "u", user_metadata: { pilab_role: "admin" } }))?.role).toBeNull();
    for (const nonsense of ["", "a.b.c", token({})]) expect(identityOf(nonsense)).toBeUndefined();
  });

  test("may what its role includes", () => {
    expect(mayAct("operator", "viewer")).toBe(true);
    expect(mayAct("operator", "admin")).toBe(false);
    expect(mayAct(null, "viewer")).toBe(false);
    expect(roleOf("admin")).toBe("admin");
  });
});

test.each([
  ["/captures?state=trashed", "/captures?state=trashed"],
  ["//evil.test", "/"],
  ["/\\evil.test", "/"],
  ["https://evil.test", "/"],
  ["javascript:alert(1)", "/"],
  ["/\t/evil.test", "/"],
  [undefined, "/"],
])("after the sign-in %j leads to %s", (wanted, path) => expect(safePath(wanted)).toBe(path));

test.each([
  ["POST", { origin: "https://lab.test", host: "lab.test" }, true],
  ["POST", { origin: "https://evil.test", host: "lab.test" }, false],
  ["POST", { origin: "https://lab.test", host: "127.0.0.1:3000", "x-forwarded-host": "lab.test" }, true],
  ["POST", { "sec-fetch-site": "same-site", host: "lab.test" }, false],
  ["GET", { "sec-fetch-site": "cross-site", host: "lab.test" }, false],
  ["GET", { "sec-fetch-site": "same-origin", host: "lab.test" }, true],
  ["POST", { host: "lab.test" }, true],
])("%s with %o is our own: %s", (method, headers, own) => {
  expect(isOwnOrigin(new Headers(headers as Record<string, string>), method)).toBe(own);
});

test("attempts are counted by key within a window, and forgiven", () => {
  let nowMs = 0;
  const limit = createRateLimit({ limit: 2, windowMs: 1000, now: () => nowMs });
  expect([limit.take("a"), limit.take("a"), limit.take("a"), limit.take("b")]).toEqual([0, 0, 1000, 0]);
  nowMs = 400;
  expect(limit.take("a")).toBe(600);
  limit.forgive("a");
  expect(limit.take("a")).toBe(0);
  nowMs = 2000;
  expect(limit.take("b")).toBe(0);
});

test("a file is saved under its name, whatever stands in it", () => {
  expect(attachment('Öl "1".jpg')).toBe(
    "attachment; filename=\"_l _1_.jpg\"; filename*=UTF-8''%C3%96l%20%221%22.jpg",
  );
  expect(attachment("a\r\nSet-Cookie: x")).not.toMatch(/[\r\n]/);
});

test("the policy of a page lets in neither inline scripts nor anybody else's", () => {
  const policy = contentSecurityPolicy("abc", false);
  expect(policy).toContain("script-src 'self' 'nonce-abc' 'strict-dynamic';");
  expect(policy).not.toContain("unsafe-eval");
  expect(policy).not.toMatch(/https?:/);
});
