import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type DashboardLab, startDashboardLab } from "./lab.ts";
import { seedLab } from "./seed-lab.ts";

let lab: DashboardLab;
beforeAll(async () => {
  lab = await startDashboardLab();
  await seedLab(lab);
});
afterAll(() => lab?.stop());

/** kB of JavaScript, compressed, that a first visit on a phone loads, with what comes by itself after the page. */
const BUDGET_KB = { "/sign-in": 230, "/": 300, "/captures": 330, "/devices": 330, "/people": 320 };

const PHONE = { viewport: { width: 390, height: 844 } };

test.each(Object.entries(BUDGET_KB))("%s loads at most %d kB of JavaScript", async (path, budgetKb) => {
  const page = await lab.open(path === "/sign-in" ? undefined : lab.supabase.admin, PHONE);
  await page.goto(path);
  if (path !== "/sign-in") await page.getByRole("status", { name: /^Live/ }).waitFor();
  const urls = await page.evaluate(() =>
    performance
      .getEntriesByType("resource")
      .map(({ name }) => name)
      .filter((name) => new URL(name).pathname.endsWith(".js")),
  );
  let bytes = 0;
  for (const url of new Set(urls)) bytes += gzipSync(await (await page.request.get(url)).body()).length;
  process.stdout.write(`${path}: ${Math.round(bytes / 1000)} kB of JavaScript in ${urls.length} files\n`);
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
