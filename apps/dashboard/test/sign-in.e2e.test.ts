import type { BrowserContextOptions } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Person } from "./account.ts";
import { type DashboardLab, signIn, startDashboardLab } from "./lab.ts";

let lab: DashboardLab;
let admin: Person;

beforeAll(async () => {
  lab = await startDashboardLab();
  admin = lab.supabase.admin;
});
afterEach(() => lab.closePages());
afterAll(() => lab?.stop());

/** A new page of somebody who came through the door. */
async function enter(person: Person, options?: BrowserContextOptions) {
  const page = await lab.open(undefined, options);
  await signIn(page, person);
  return page;
}

test("who is not signed in is led to the door, and from there to the page that was asked for", async () => {
  const page = await lab.open();
  await page.goto("/captures?state=trashed");
  expect(new URL(page.url()).pathname).toBe("/sign-in");
  await page.getByLabel("E-mail").fill(admin.email);
  await page.locator("input[name=password]").fill(admin.password);
  await page.keyboard.press("Enter");
  await page.waitForURL("**/captures?state=trashed");
  expect(page.problems).toEqual([]);
});

test("a wrong password and an unknown address get the same words, and what was typed stays", async () => {
  const page = await lab.open();
  for (const email of [admin.email, "nobody@lab.test"]) {
    await page.goto("/sign-in");
    await page.getByLabel("E-mail").fill(email);
    await page.locator("input[name=password]").fill("not-the-password");
    await page.getByRole("button", { name: "Sign in" }).click();
    const alert = page.getByRole("alert").filter({ hasText: "do not belong together" });
    await alert.waitFor();
    expect(await page.getByLabel("E-mail").inputValue()).toBe(email);
  }
});

test("guessing ends after a few wrong passwords, and shuts nobody out where they signed in before", async () => {
  const person = await lab.person("viewer");
  const home = await enter(person, { extraHTTPHeaders: { "x-forwarded-for": "192.168.1.7" } });
  const page = await lab.open(undefined, { extraHTTPHeaders: { "x-forwarded-for": "203.0.113.9" } });
  await page.goto("/sign-in");
  const password = page.locator("input[name=password]");
  for (let attempt = 0; attempt < 9; attempt += 1) {
    await page.getByLabel("E-mail").fill(person.email);
    await password.fill(`guess-${attempt}`);
    await page.getByRole("button", { name: "Sign in" }).click();
    // The form empties it when the answer is there.
    await expect.poll(() => password.inputValue()).toBe("");
  }
  await page.getByText("Too many attempts").waitFor();
  await home.context().clearCookies();
  await signIn(home, person);
  await home.getByRole("heading", { name: "Overview" }).waitFor();
});

test("no script can read the session, no other site carries it, and the browser gets no token elsewhere", async () => {
  const page = await enter(admin);
  const cookies = (await page.context().cookies()).filter(({ name }) => name.startsWith("pilab_a"));
  expect(cookies).toHaveLength(1);
  expect(cookies[0]).toMatchObject({ httpOnly: true, sameSite: "Lax", path: "/" });
  const token = cookies[0]?.value.split(".").slice(1).join(".") as string;
  expect(token).toMatch(/^ey/);
  expect(await page.content()).not.toContain(token);
  expect(await page.evaluate(() => document.cookie + JSON.stringify({ ...localStorage }))).not.toContain(
    "ey",
  );
});

test("signing out takes the session away, also in another tab, and what the browser kept of pictures", async () => {
  const page = await enter(admin);
  const signedOut = page.waitForResponse((response) => response.url().endsWith("/api/sign-out"));
  await page.getByRole("button", { name: /account/i }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.waitForURL("**/sign-in");
  expect((await (await signedOut).allHeaders())["clear-site-data"]).toBe('"cache"');
  await page.goto("/");
  expect(new URL(page.url()).pathname).toBe("/sign-in");
});

test("who has no role is told what to ask for, and gets nothing by a raw call", async () => {
  const person = await lab.person(null);
  const page = await enter(person);
  await page.getByText("have no role yet").waitFor();
  await page.getByText(person.email).waitFor();
  const answer = await page.request.get("/api/trpc/usage.get");
  expect(answer.status()).toBe(403);
  expect(await answer.json()).toMatchObject({ error: { data: { pilab: { code: "forbidden" } } } });
});

test("a token that runs out is renewed on the way, for requests that leave together too", async () => {
  const page = await enter(admin);
  const jar = await page.context().cookies();
  const access = jar.find(({ name }) => name === "pilab_access");
  if (!access) throw new Error("no cookie");
  // As if its hour were over.
  const [, token] = /^\d+\.(.*)$/.exec(access.value) as RegExpExecArray;
  await page.context().addCookies([{ ...access, value: `1.${token}` }]);
  const statuses = await page.evaluate(() =>
    Promise.all([1, 2, 3, 4].map(async () => (await fetch("/api/trpc/usage.get")).status)),
  );
  expect(statuses).toEqual([200, 200, 200, 200]);
  const renewed = (await page.context().cookies()).find(({ name }) => name === "pilab_access");
  expect(renewed?.value.startsWith("1.")).toBe(false);
});

test("a session that Supabase no longer takes leads to the door with a word, not in circles", async () => {
  const page = await enter(admin);
  const jar = await page.context().cookies();
  const access = jar.find(({ name }) => name === "pilab_access");
  if (!access) throw new Error("no cookie");
  const forged = `${Buffer.from('{"alg":"HS256","typ":"JWT"}').toString("base64url")}.${Buffer.from(
    JSON.stringify({
      sub: "x",
      email: "x@y.z",
      app_metadata: { pilab_role: "admin" },
      exp: 9e9,
      role: "authenticated",
    }),
  ).toString("base64url")}.AAAA`;
  await page.context().addCookies([{ ...access, value: `${Date.now() + 3_600_000}.${forged}` }]);
  await page.goto("/");
  await page.getByText("Your session has ended").waitFor();
  await signIn(page, admin);
  await page.getByRole("heading", { name: "Overview" }).waitFor();
});

test("another site's page cannot make a call, with the browser's cookies or a made-up origin", async () => {
  const page = await enter(admin);
  for (const [name, value] of [
    ["origin", "https://evil.test"],
    ["sec-fetch-site", "cross-site"],
  ] as const) {
    const headers = { [name]: value };
    const answer = await page.request.post("/api/trpc/captures.pin", { headers, data: {} });
    expect(answer.status()).toBe(403);
  }
});

test("pages load nothing from elsewhere, run no script without a nonce, and may not be framed", async () => {
  const page = await lab.open();
  const seen: string[] = [];
  page.on("request", (request) => seen.push(new URL(request.url()).host));
  const answer = await page.goto("/sign-in");
  const policy = answer?.headers()["content-security-policy"] ?? "";
  expect(policy).toMatch(/script-src 'self' 'nonce-[\w+/=]+' 'strict-dynamic'(;|$)/);
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toMatch(/unsafe-inline(?!)|unsafe-eval/);
  expect(answer?.headers()["x-content-type-options"]).toBe("nosniff");
  expect([...new Set(seen)]).toEqual([new URL(lab.url).host]);
  expect(page.problems).toEqual([]);
});
