import { NextRequest } from "next/server";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type Project, startProject } from "../test/project.ts";
import { proxy } from "./proxy.ts";
import type { KeptSession } from "./server/session/cookies.ts";
import { readSession, sessionCookies } from "./server/session/cookies.ts";

const MINUTE_MS = 60_000;

let project: Project;
let session: KeptSession;

beforeAll(async () => {
  project = await startProject();
});
afterEach(() => project.wire.reset());
afterAll(() => project?.stop());

/** Asks with a token of an hour that was got so many minutes ago; the session that the browser keeps then. */
async function ask(path: string, minutesAgo: number): Promise<KeptSession | undefined> {
  ({ session } = await project.person("viewer"));
  const old = { ...session, usableUntilMs: session.usableUntilMs - minutesAgo * MINUTE_MS };
  const cookie = sessionCookies(old, false)
    .map(({ name, value }) => `${name}=${value}`)
    .join("; ");
  const answer = await proxy(new NextRequest(`http://lab.test${path}`, { headers: { cookie } }));
  // What the route itself reads.
  expect(answer.headers.get("x-middleware-request-cookie")).toContain(
    answer.cookies.get("pilab_refresh")?.value ?? old.refreshToken,
  );
  return readSession((name) => answer.cookies.get(name)?.value);
}

test.each([
  "/api/export/captures?format=csv",
  "/api/export/audit?format=jsonl",
  "/api/export/movie?series=dish+7",
  "/api/captures/zip",
])("%s begins with nearly a whole token's life", async (path) => {
  const renewed = await ask(path, 30);
  expect(renewed?.usableUntilMs).toBeGreaterThan(Date.now() + 58 * MINUTE_MS);
  expect(renewed?.refreshToken).not.toBe(session.refreshToken);
  expect(await ask(path, 3)).toBeUndefined();
});

test("what is short goes on with the token that it has until its last minute", async () => {
  expect(await ask("/captures", 57)).toBeUndefined();
  expect(await ask("/api/trpc/captures.tiles", 57)).toBeUndefined();
  expect((await ask("/captures", 60))?.usableUntilMs).toBeGreaterThan(Date.now() + 58 * MINUTE_MS);
});

test("an export goes on with a token that is good still when it cannot be renewed early", async () => {
  project.wire.inject({
    path: /grant_type=refresh_token/,
    fault: { kind: "answer", status: 400, body: { error_code: "refresh_token_not_found" } },
  });
  expect(await ask("/api/export/captures?format=csv", 30)).toBeUndefined();
});

test.each([
  ["/api/pictures/x", "same-origin"],
  ["/api/thumbnails/x", "same-origin"],
  ["/api/links/pi-1/x.jpg", "cross-origin"],
])("nothing runs in what %s gives, whatever a Pi sent", async (path, resourcePolicy) => {
  const { headers } = await proxy(new NextRequest(`http://lab.test${path}`));
  const policy = headers.get("content-security-policy") as string;
  expect(policy).toMatch(/^default-src 'none';.*; sandbox$/);
  expect(policy).not.toContain("script-src");
  expect(headers.get("x-content-type-options")).toBe("nosniff");
  expect(headers.get("cross-origin-resource-policy")).toBe(resourcePolicy);
});
