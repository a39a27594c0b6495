import type { BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Person } from "./account.ts";
import { seriousFaults } from "./axe.ts";
import { burst } from "./burst.ts";
import { type DashboardLab, signIn, startDashboardLab } from "./lab.ts";
import type { Wire } from "./wire.ts";

// What a person sees when something is wrong, in the words of the page.

const HOUR_MS = 3_600_000;

let lab: DashboardLab;
let wire: Wire;
let viewer: Person;
let device: Awaited<ReturnType<DashboardLab["device"]>>;

beforeAll(async () => {
  lab = await startDashboardLab({ wired: true });
  wire = lab.wire as Wire;
  viewer = await lab.person("viewer");
  device = await lab.device("dish-cam", { name: "Dish camera" });
  for (let minutes = 30; minutes > 0; minutes -= 5)
    await device.pilab.captures.uploadAndLog(await lab.picture(), {
      capturedAt: new Date(Date.now() - minutes * 60_000),
      series: "dish 7",
    });
});
afterEach(() => lab.closePages());
afterAll(() => lab?.stop());

const badge = (page: Page, text: string) => page.locator(`[role=status]:has-text("${text}")`).first();
const inLatest = (page: Page, id: string | undefined) =>
  page.locator(`section[aria-label="Latest captures"] img[src$="${id}"]`).filter({ visible: true });

async function openLive(
  path = "/",
  options?: BrowserContextOptions,
): Promise<Awaited<ReturnType<DashboardLab["open"]>>> {
  const page = await lab.open(viewer, options);
  await page.goto(path);
  await badge(page, "Live").waitFor();
  await page.evaluate(() => Object.assign(window, { sameDocument: true }));
  return page;
}

/** A change that no event tells of, as that time passes. */
const unheard = (change: string, ...params: unknown[]) =>
  lab.supabase.sql.transaction(async (tx) => {
    await tx.exec("set local session_replication_role = replica");
    await tx.query(change, params);
  });

const wasReloaded = (page: Page) => page.evaluate(() => !("sameDocument" in window));

test("a dashboard that is killed: the page says so once, with the age of what it shows, and goes on by itself", async () => {
  const page = await openLive("/", { viewport: { width: 1280, height: 200 } });
  const charts = page.locator(".recharts-surface");
  expect(await charts.count()).toBe(0);
  await lab.stopDashboard("SIGKILL");
  await badge(page, "Offline").waitFor();
  await page.getByText(/Last updated .*The dashboard does not answer/).waitFor();
  expect(await page.getByText("Last updated").count()).toBe(1);
  await page.getByRole("heading", { name: "Latest captures" }).waitFor();
  // A script that is not there yet cannot be loaded now, and must not take the page with it.
  const script = page.waitForEvent("requestfailed", (request) => request.url().endsWith(".js"));
  await page.getByRole("region", { name: "Uploads" }).scrollIntoViewIfNeeded();
  await script;

  const { captureId } = await device.pilab.captures.uploadAndLog(await lab.picture());
  await lab.restartDashboard();
  await inLatest(page, captureId).waitFor({ timeout: 30_000 });
  await charts.first().waitFor();
  await badge(page, "Live").waitFor({ timeout: 30_000 });
  await page.getByText("Last updated").waitFor({ state: "detached" });
  expect(await wasReloaded(page)).toBe(false);
});

describe("while Supabase is away", () => {
  test("an open page says what it cannot reach and how old it is; when it is back, what came meanwhile is there", async () => {
    const [overview, gallery] = [await openLive(), await openLive("/captures")];
    await wire.cut();
    for (const page of [overview, gallery]) {
      await badge(page, "Polling").waitFor({ timeout: 30_000 });
      await page
        .getByText(/Last updated .* ago.*Supabase does not answer\. The page goes on by itself/)
        .waitFor();
      expect(await page.getByText("Last updated").count()).toBe(1);
    }
    const { captureId } = await device.pilab.captures.uploadAndLog(await lab.picture());
    await wire.mend();
    await inLatest(overview, captureId).waitFor({ timeout: 40_000 });
    await gallery.locator(`[role=gridcell] img[src$="${captureId}"]`).waitFor({ timeout: 40_000 });
    for (const page of [overview, gallery]) {
      await badge(page, "Live").waitFor({ timeout: 60_000 });
      await page.getByText("Last updated").waitFor({ state: "detached" });
      expect(await wasReloaded(page)).toBe(false);
    }
  }, 180_000);

  test("a page that is opened says what is wrong and what to do, and fills itself when it is back", async () => {
    const page = await lab.open(viewer);
    await wire.cut();
    for (const path of ["/", "/captures"]) {
      await page.goto(path);
      await page.getByText("This could not be loaded").first().waitFor({ timeout: 30_000 });
      await page.getByText("If it stays so, /api/health says what is away").first().waitFor();
      await page.getByRole("button", { name: "Try again" }).first().waitFor();
    }
    await wire.mend();
    await page.getByRole("gridcell").first().waitFor({ timeout: 40_000 });
    expect(await page.getByText("This could not be loaded").count()).toBe(0);
  }, 180_000);

  test("who signs in is told that it is not the password", async () => {
    const page = await lab.open();
    await page.goto("/sign-in");
    await wire.cut();
    await page.getByLabel("E-mail").fill(viewer.email);
    await page.locator("input[name=password]").fill(viewer.password);
    await page.getByRole("button", { name: "Sign in" }).click();
    const alert = page.locator("form [role=alert]");
    await alert.waitFor({ timeout: 40_000 });
    const words = (await alert.textContent()) ?? "";
    await wire.mend();
    expect(words).not.toContain("do not belong together");
    process.stdout.write(`signing in while Supabase is away: ${words}\n`);
  }, 90_000);
});

test("a Supabase that takes half a second for everything: a page comes to life as it was sent, and says then that no worker runs", async () => {
  wire.slow(500);
  // So that its connections are new, and slow.
  await lab.restartDashboard();
  try {
    const page = await lab.open(viewer);
    await page.goto("/retention");
    await page.locator("#content").getByText("No retention worker is running").waitFor();
    expect(page.problems).toEqual([]);
  } finally {
    wire.slow(0);
    await lab.restartDashboard();
  }
});

test("a session that is revoked under an open page leads to the door, and from there back to the same view", async () => {
  const page = await openLive("/captures?series=dish+7");
  const jar = await page.context().cookies();
  const access = jar.find(({ name }) => name === "pilab_access");
  const token = access?.value.replace(/^\d+\./, "") ?? "";
  const answer = await fetch(`${lab.supabase.url}/auth/v1/logout?scope=global`, {
    method: "POST",
    headers: { apikey: lab.supabase.anonKey, authorization: `Bearer ${token}` },
  });
  expect(answer.status).toBe(204);
  // As if the token's hour were over.
  await page.context().addCookies([{ ...(access as (typeof jar)[number]), value: `1.${token}` }]);
  await page.getByRole("gridcell").first().click();
  await page.getByText("Your session has ended. Sign in to go on where you were.").waitFor();
  await page.getByLabel("E-mail").fill(viewer.email);
  await page.locator("input[name=password]").fill(viewer.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(/\/captures\?series=dish\+7/);
  await page.getByRole("dialog").waitFor();
});

test.each([1, -1])("a browser whose clock is %d hour off shows ages by the server's clock", async (hours) => {
  const page = await lab.open();
  await page.clock.install({ time: Date.now() + hours * HOUR_MS });
  await signIn(page, viewer);
  await page.getByRole("heading", { name: "Latest captures" }).waitFor();
  const { captureId } = await device.pilab.captures.uploadAndLog(await lab.picture(), {
    capturedAt: new Date(),
  });
  for (const load of ["arriving", "reloaded"]) {
    if (load === "reloaded") await page.reload();
    await inLatest(page, captureId).waitFor();
    const ages = page.locator('section[aria-label="Latest captures"] time');
    await expect.poll(async () => (await ages.first().textContent()) ?? "").toMatch(/^(just now|\d+ s ago)$/);
    expect(await page.locator("#content").getByText(/As of/).textContent()).not.toMatch(/\bh\b|in \d/);
  }
  expect(page.problems).toEqual([]);
});

test("a capture whose object is missing: a placeholder in the gallery; its page says so and what to do", async () => {
  const { captureId } = await device.pilab.captures.uploadAndLog(await lab.picture(), { series: "lost" });
  const capture = await lab.service.captures.get(captureId as string);
  for (const [bucket, path] of [
    [capture.bucket_id, capture.object_path],
    [`${capture.bucket_id}-thumbs`, `${capture.object_path}.webp`],
  ]) {
    await fetch(`${lab.supabase.url}/storage/v1/object/${bucket}/${path}`, {
      method: "DELETE",
      headers: {
        apikey: lab.supabase.serviceRoleKey,
        authorization: `Bearer ${lab.supabase.serviceRoleKey}`,
      },
    });
  }
  const page = await lab.open(viewer);
  const thumbnail = page.waitForResponse((response) => response.url().endsWith(`thumbnails/${captureId}`));
  await page.goto("/captures?series=lost");
  expect((await thumbnail).headers()["x-pilab-missing"]).toBe("1");
  await page.getByRole("gridcell").first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("The picture is missing in the storage").waitFor();
  await dialog.getByText("pilab-uploader upload").waitFor();
  await dialog.getByText(`${capture.bucket_id}/${capture.object_path}`).first().waitFor();
  expect(page.problems).toEqual([]);
});

test("a burst of 100 captures a second for 10 seconds neither floods the server nor freezes the pages", async () => {
  const pages = { overview: await openLive(), gallery: await openLive("/captures") };
  const calls = { overview: 0, gallery: 0 };
  const images = { overview: 0, gallery: 0 };
  for (const [name, page] of Object.entries(pages) as [keyof typeof pages, Page][]) {
    await page.waitForLoadState("load");
    page.on("request", (request) => {
      const { pathname } = new URL(request.url());
      if (pathname.startsWith("/api/trpc/")) calls[name] += 1;
      if (pathname.startsWith("/api/thumbnails/")) images[name] += 1;
    });
    await page.evaluate(() => {
      const longTasks: number[] = [];
      Object.assign(window, { longTasks });
      new PerformanceObserver((list) =>
        longTasks.push(...list.getEntries().map(({ duration }) => duration)),
      ).observe({ type: "longtask" });
    });
  }
  const { captures, seconds, newestId } = await burst(lab.supabase.sql, device.id, {
    perSecond: 100,
    seconds: 10,
  });
  await inLatest(pages.overview, newestId).waitFor();
  await pages.gallery.locator(`[role=gridcell] img[src$="${newestId}"]`).waitFor();

  for (const [name, page] of Object.entries(pages) as [keyof typeof pages, Page][]) {
    const longTasks = await page.evaluate(() => (window as unknown as { longTasks: number[] }).longTasks);
    const longest = Math.max(0, ...longTasks);
    process.stdout.write(
      `${name}, ${captures} captures in ${seconds.toFixed(1)} s: ${calls[name]} calls, ${images[name]} thumbnails, ` +
        `${longTasks.length} tasks over 50 ms, the longest ${Math.round(longest)} ms\n`,
    );
    // A batch of calls each second and the last one after it; never one a capture.
    expect(calls[name]).toBeLessThanOrEqual((Math.ceil(seconds) + 3) * 3);
    expect(longest).toBeLessThan(1000);
    expect(await page.getByText("Loading").count()).toBe(0);
  }
}, 120_000);

test("a Pi whose heart stops becomes silent on a page that stays open, though no event tells of it", async () => {
  const quiet = await lab.device("quiet-pi", { name: "Quiet Pi" });
  await quiet.pilab.device.reportStatus({ state: "idle" });
  const page = await lab.open(viewer);
  await page.clock.install();
  await page.goto("/devices");
  await badge(page, "Live").waitFor();
  const row = page.getByRole("table", { name: "Devices" }).getByRole("row", { name: "Quiet Pi" });
  await row.getByText("In order").waitFor();
  await unheard(
    "update public.device_status set reported_at = now() - interval '11 minutes' where device_id = $1",
    quiet.id,
  );
  await page.clock.fastForward(61_000);
  await row.getByText("Silent").waitFor();
  await badge(page, "Live").waitFor();
  await quiet.pilab.device.reportStatus({ state: "idle" });
  await row.getByText("In order").waitFor();
});

test("with the worker's last tick three minutes old every page says so, and the overview not that nothing needs anybody", async () => {
  const worker = { name: "retention", host: "lab", version: "1", started_at: null, schedule: null };
  await lab.service.workers.tick({ ...worker, last_error: null, channels: {} });
  const page = await lab.open(lab.supabase.admin);
  await page.goto("/");
  await page.getByText("Nothing needs you").waitFor();
  const line = page
    .getByText(/^No retention worker is running|retention worker is not running/)
    .filter({ visible: true });
  expect(await line.count()).toBe(0);
  await unheard("update public.worker_status set tick_at = now() - interval '3 minutes'");
  await page.reload();
  const links = page.getByRole("navigation", { name: "Pages" }).getByRole("link");
  expect(await links.count()).toBe(9);
  for (const link of await links.all()) {
    await link.click();
    await page.waitForURL(`**${await link.getAttribute("href")}`);
    await page.getByRole("heading", { level: 1, name: (await link.textContent()) as string }).waitFor();
    await line.waitFor();
    await page.getByText("pilab-retention serve").filter({ visible: true }).waitFor();
  }
  await page.goto("/");
  await page.getByText("Nobody looks: no worker is running").waitFor();
  expect(await page.getByText("Nothing needs you").count()).toBe(0);
  expect(await seriousFaults(page)).toEqual([]);

  await page.clock.install();
  await page.reload();
  await line.waitFor();
  await lab.service.workers.tick({ ...worker, last_error: null, channels: {} });
  // The line came with the page: time that goes by before the page has come to life moves nothing.
  await badge(page, "Live").waitFor();
  await page.clock.fastForward(31_000);
  await line.waitFor({ state: "detached" });
  await page.getByText("Nothing needs you").waitFor();
}, 120_000);
