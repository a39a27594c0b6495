import { afterAll, beforeAll, expect, test } from "vitest";
import { type DashboardLab, startDashboardLab } from "./lab.ts";
import { seedLab } from "./seed-lab.ts";

let lab: DashboardLab;
beforeAll(async () => {
  lab = await startDashboardLab();
  await seedLab(lab);
});
afterAll(() => lab?.stop());

/** kB of JavaScript, compressed as sent, that a page loads before it is asked for more; charts come after it. */
const BUDGET_KB = { "/sign-in": 260, "/": 420, "/captures": 320 };

test.each(Object.entries(BUDGET_KB))("%s loads at most %d kB of JavaScript", async (path, budgetKb) => {
  const page = await lab.open(path === "/sign-in" ? undefined : lab.supabase.admin);
  const scripts = new Map<string, Promise<number>>();
  page.on("requestfinished", (request) => {
    if (request.resourceType() !== "script") return;
    scripts.set(
      request.url(),
      request.sizes().then(({ responseBodySize }) => responseBodySize),
    );
  });
  // As on a first visit: nothing is in the browser's cache.
  const session = await page.context().newCDPSession(page);
  await session.send("Network.setCacheDisabled", { cacheDisabled: true });
  await page.goto(path, { waitUntil: "networkidle", timeout: 20_000 }).catch(() => {}); // the live stream never idles
  const sizes = await Promise.all(scripts.values());
  const kb = sizes.reduce((sum, size) => sum + size, 0) / 1000;
  process.stdout.write(`${path}: ${kb.toFixed(0)} kB of JavaScript in ${sizes.length} files\n`);
  expect(kb).toBeGreaterThan(50);
  expect(kb).toBeLessThanOrEqual(budgetKb);
});
