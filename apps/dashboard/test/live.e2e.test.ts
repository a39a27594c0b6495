import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { seriousFaults } from "./axe.ts";
import { type DashboardLab, startDashboardLab } from "./lab.ts";
import { seedLab } from "./seed-lab.ts";

let lab: DashboardLab;
let device: Awaited<ReturnType<DashboardLab["device"]>>;

beforeAll(async () => {
  lab = await startDashboardLab();
  await seedLab(lab);
  device = await lab.device("late-comer", { name: "Late comer" });
});
afterEach(() => lab.closePages());
afterAll(() => lab?.stop());

const badge = (text: string) => `[role=status]:has-text("${text}")`;
const entriesOf = (page: Page) => page.locator('ul[aria-label="Entries of the audit log"] > li');

test("a capture that arrives shows on the open overview and gallery without a reload, within three seconds", async () => {
  const viewer = await lab.person("viewer");
  const [overview, gallery] = [await lab.open(viewer), await lab.open(viewer)];
  await Promise.all([overview.goto("/"), gallery.goto("/captures")]);
  for (const page of [overview, gallery]) await page.locator(badge("Live")).waitFor();
  const { captureId } = await device.pilab.captures.uploadAndLog(await lab.picture(), {
    capturedAt: new Date(),
  });
  const startedMs = performance.now();
  await Promise.all([
    overview.locator(`section[aria-label="Latest captures"] img[src$="${captureId}"]`).waitFor(),
    gallery.locator(`[role=gridcell] img[src$="${captureId}"]`).waitFor(),
  ]);
  expect(performance.now() - startedMs).toBeLessThan(3000);
  expect([...overview.problems, ...gallery.problems]).toEqual([]);
});

test("a burst of changes asks the server at most once a second or two, and the page stays quick", async () => {
  const page = await lab.open(await lab.person("viewer"));
  await page.goto("/");
  await page.locator(badge("Live")).waitFor();
  await page.waitForLoadState("networkidle").catch(() => {});
  let asked = 0;
  page.on("request", (request) => {
    if (request.url().includes("/api/trpc/fleet.overview")) asked += 1;
  });
  const startedMs = performance.now();
  for (let report = 0; report < 200; report += 1)
    await device.pilab.device.reportStatus({ state: "uploading" });
  const seconds = (performance.now() - startedMs) / 1000;
  await expect.poll(() => asked).toBeGreaterThan(0);
  expect(asked).toBeLessThanOrEqual(Math.ceil(seconds) + 2);
  const click = performance.now();
  await page.getByText("30 days", { exact: true }).click();
  expect(performance.now() - click).toBeLessThan(1000);
});

test("a list of which many pages were read asks for its first page alone when something changes", async () => {
  const { captures } = await lab.service.captures.list({ limit: 40 });
  const ids = captures.map(({ id }) => id);
  // One entry a capture.
  for (let round = 0; round < 4; round += 1) {
    await lab.service.captures.pin(ids);
    await lab.service.captures.unpin(ids);
  }
  const page = await lab.open(await lab.person("operator"));
  await page.goto("/audit");
  await page.locator(badge("Live")).waitFor();
  for (const pages of [1, 2]) {
    const more = page.waitForResponse(/audit\.list/);
    await page.getByRole("button", { name: "Older entries" }).click();
    await more;
    await expect.poll(() => entriesOf(page).count()).toBeGreaterThan(pages * 100);
  }
  const entries = await entriesOf(page).count();
  const asked: string[] = [];
  page.on("request", (request) => {
    if (request.url().includes("audit.list")) asked.push(request.url());
  });
  await device.pilab.captures.uploadAndLog(await lab.picture());
  await expect.poll(() => entriesOf(page).count()).toBe(entries + 1);
  expect(asked).toHaveLength(1);
  expect(page.problems).toEqual([]);
});

test("while the dashboard is away the page says so, keeps what it shows, and goes on when it is back", async () => {
  const page = await lab.open(await lab.person("viewer"));
  await page.clock.install();
  await page.goto("/");
  await page.locator(badge("Live")).waitFor();
  await lab.stopDashboard();
  // A server that stops in order answers what the page asks at once: the page finds it away when it asks next.
  const seesIt = async () => {
    await page.clock.fastForward(15_000);
    return await page.locator(badge("Offline")).count();
  };
  await expect.poll(seesIt).toBe(1);
  await page.getByRole("heading", { name: "Devices" }).waitFor();
  await lab.restartDashboard();
  await page.locator(badge("Live")).waitFor({ timeout: 30_000 });
});

test("the server stops within two seconds though a live page is open", async () => {
  const page = await lab.open(await lab.person("viewer"));
  await page.goto("/");
  await page.locator(badge("Live")).waitFor();
  const startedMs = performance.now();
  await lab.stopDashboard();
  expect(performance.now() - startedMs).toBeLessThan(2000);
  await lab.restartDashboard();
});

test("the overview has no serious fault of accessibility, in either theme and on a phone", async () => {
  const viewer = await lab.person("viewer");
  for (const options of [
    { colorScheme: "light" },
    { colorScheme: "dark" },
    { colorScheme: "light", viewport: { width: 390, height: 844 } },
  ] as const) {
    const page = await lab.open(viewer, options);
    await page.goto("/");
    await page.getByRole("heading", { name: "Latest captures" }).waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    expect(page.problems).toEqual([]);
  }
});
