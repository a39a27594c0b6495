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

/** kB of JavaScript, compressed, that a first visit loads; the overview's has the charts, which come after the page. */
const BUDGET_KB = { "/sign-in": 260, "/": 480, "/captures": 380, "/devices": 380, "/people": 380 };

test.each(Object.entries(BUDGET_KB))("%s loads at most %d kB of JavaScript", async (path, budgetKb) => {
  const page = await lab.open(path === "/sign-in" ? undefined : lab.supabase.admin);
  await page.goto(path);
  if (path === "/") await page.locator(".recharts-surface").first().waitFor();
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
