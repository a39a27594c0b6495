import { readdir } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type DashboardLab, signIn, startDashboardLab } from "./lab.ts";
import { seedLab } from "./seed-lab.ts";

let lab: DashboardLab;
let ids: Record<string, string>;
beforeAll(async () => {
  lab = await startDashboardLab();
  const { captureId: capture } = await seedLab(lab);
  const policy = await lab.service.retention.policies.create({ series: "dish 7", keep_days: 30 });
  const run = await lab.service.retention.runs.create({
    id: crypto.randomUUID(),
    bucket_id: "pilab-dev",
    dry_run: true,
    worker: "lab",
  });
  ids = { capture, policy: policy.id, run: run.id };
});
afterEach(() => lab.closePages());
afterAll(() => lab?.stop());

/** kB of JavaScript, compressed, that a first visit on a phone loads, with what comes by itself after the page. */
const BUDGET_KB = {
  "/sign-in": 215,
  "/": 285,
  "/account": 275,
  "/alerts": 285,
  "/alerts/channels": 305,
  "/alerts/rules": 310,
  "/audit": 300,
  "/captures": 325,
  "/captures?capture={capture}": 340,
  "/devices": 315,
  "/devices/dish-cam": 320,
  "/exports": 290,
  "/people": 300,
  "/retention": 295,
  "/retention/holds": 295,
  "/retention/policies/new": 315,
  "/retention/policies/{policy}": 315,
  "/retention/runs": 290,
  "/retention/runs/{run}": 290,
  "/retention/trash": 300,
  "/timelapse?series=dish+7": 310,
};

const PHONE = { viewport: { width: 390, height: 844 } };

test.each(Object.entries(BUDGET_KB))("%s loads at most %d kB of JavaScript", async (shown, budgetKb) => {
  const path = shown.replace(/\{(\w+)\}/, (_, of) => ids[of] as string);
  const page = await lab.open(path === "/sign-in" ? undefined : lab.supabase.admin, PHONE);
  await page.goto(path);
  if (path !== "/sign-in") await page.getByRole("status", { name: /^Live/ }).waitFor();
  if (shown.includes("capture=")) await page.getByRole("dialog").getByText("SHA-256").waitFor();
  const urls = await page.evaluate(() =>
    performance
      .getEntriesByType("resource")
      .map(({ name }) => name)
      .filter((name) => new URL(name).pathname.endsWith(".js")),
  );
  let bytes = 0;
  for (const url of new Set(urls)) bytes += gzipSync(await (await page.request.get(url)).body()).length;
  process.stdout.write(`${shown}: ${Math.round(bytes / 1000)} kB of JavaScript in ${urls.length} files\n`);
  expect(bytes).toBeGreaterThan(50_000);
  expect(bytes).toBeLessThanOrEqual(budgetKb * 1000);
});

test("charts and their script come when one scrolls near them", async () => {
  const page = await lab.open(lab.supabase.admin, PHONE);
  await page.goto("/");
  await page.getByRole("status", { name: /^Live/ }).waitFor();
  const charts = page.locator(".recharts-surface");
  expect(await charts.count()).toBe(0);
  await page.getByRole("region", { name: "Uploads" }).scrollIntoViewIfNeeded();
  await charts.first().waitFor();
  expect(page.problems).toEqual([]);
});

test("every page has its budget", async () => {
  const app = fileURLToPath(new URL("../src/app", import.meta.url));
  const files = (await readdir(app, { recursive: true })).filter((file) => basename(file) === "page.tsx");
  const routes = files.map((file) => `/${dirname(file)}`.replace(/\/\(signed-in\)|\/\.$/g, "") || "/");
  const held = Object.keys(BUDGET_KB).map((path) => new URL(path, "http://a").pathname);
  const isHeld = (route: string) => {
    const pattern = new RegExp(`^${route.replace(/\[\w+\]/g, "(?!new$)[^/]+")}$`);
    return held.some((path) => pattern.test(decodeURI(path)));
  };
  expect(routes.length).toBeGreaterThan(15);
  expect(routes.filter((route) => !isHeld(route))).toEqual([]);
});

test("a page whose script an update took away is loaded anew, once, and goes on asking", async () => {
  const page = await lab.open(undefined, PHONE);
  const had = new Set<string>();
  page.on("request", (request) => had.add(request.url()));
  await signIn(page, lab.supabase.admin);
  const live = page.getByRole("status", { name: /^Live/ });
  await live.waitFor();
  const loaded = new Set(had);
  let gone = 0;
  await page.route("**/_next/static/chunks/**", async (route) => {
    if (loaded.has(route.request().url())) return await route.continue();
    gone += 1;
    await route.fulfill({ status: 404 });
  });
  let loads = 0;
  page.on("load", () => (loads += 1));
  const uploads = page.getByRole("region", { name: "Uploads" });
  await uploads.scrollIntoViewIfNeeded();
  await expect.poll(() => loads, { timeout: 20_000 }).toBe(1);
  await live.waitFor();
  const before = gone;
  await uploads.scrollIntoViewIfNeeded();
  await expect.poll(() => gone, { timeout: 20_000 }).toBeGreaterThan(before);
  await page.unroute("**/_next/static/chunks/**");
  await uploads.locator(".recharts-surface").waitFor();
  expect(loads).toBe(1);
}, 60_000);
