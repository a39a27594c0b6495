import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { seriousFaults } from "./axe.ts";
import { burst } from "./burst.ts";
import { type DashboardLab, startDashboardLab } from "./lab.ts";

// A gallery that stays open while captures come and go.

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** Captures of the roof, two hours apart: more than a gallery keeps. */
const OLDER = 1800;

let lab: DashboardLab;
let device: Awaited<ReturnType<DashboardLab["device"]>>;
let roof: typeof device;

beforeAll(async () => {
  lab = await startDashboardLab();
  device = await lab.device("dish-cam", { name: "Dish camera" });
  roof = await lab.device("roof", { name: "Roof" });
  await burst(lab.supabase.sql, device.id, { perSecond: 400, seconds: 1 });
  await burst(lab.supabase.sql, roof.id, { perSecond: 4 * OLDER, seconds: 0.25 });
  // Over the hours before now, five minutes apart; and over the 150 days before those.
  for (const [id, begin, step] of [
    [device.id, "0 days", "5 minutes"],
    [roof.id, "3 days", "2 hours"],
  ] as const) {
    await lab.supabase.sql.exec(`
      update public.captures c set created_at = at, captured_at = at
      from (
        select id, now() - interval '${begin}' - interval '${step}' * row_number() over (order by captured_at desc, id) as at
        from public.captures where device_id = '${id}'
      ) as spread
      where spread.id = c.id`);
  }
}, 300_000);
afterEach(() => lab.closePages());
afterAll(() => lab?.stop());

/** A capture as log_captures leaves it, with its batch, received now. */
async function arrive(capturedAt: Date): Promise<string> {
  const { newestId } = await burst(lab.supabase.sql, device.id, { perSecond: 4, seconds: 0.25, capturedAt });
  return newestId;
}

const cells = (page: Page) => page.getByRole("gridcell");
const at = (minutesAgo: number) => new Date(Date.now() - minutesAgo * MINUTE_MS);
const pictureIn = (page: Page, id: string) => page.locator(`[role=gridcell]:has(img[src$="${id}"])`);
/** Rows that have no files have no thumbnails. */
const faultsOf = ({ problems }: { problems: string[] }) => problems.filter((text) => !text.includes("502"));

async function openGallery(role: "viewer" | "operator" = "viewer") {
  const page = await lab.open(await lab.person(role));
  await page.clock.install();
  await page.goto("/captures");
  await cells(page).first().waitFor();
  await page.locator('[role=status]:has-text("Live")').first().waitFor();
  return page;
}

/** The order in which captures are shown. */
const shown = (page: Page) =>
  cells(page)
    .locator("img")
    .evaluateAll((images) =>
      images.map((image) => new URL((image as HTMLImageElement).src).pathname.slice(-36)),
    );

test("a backlog that arrives late waits in an open gallery to be asked for, and is then at its place, in view", async () => {
  const page = await openGallery();
  const first = (await shown(page))[0];
  const ids = [await arrive(at(12.5)), await arrive(at(17.5)), await arrive(at(303))];
  const show = page.getByRole("button", { name: "3 older captures arrived: show" });
  await show.waitFor();
  expect((await shown(page))[0]).toBe(first);
  await show.click();
  await show.waitFor({ state: "detached" });
  await pictureIn(page, ids[0] as string).waitFor();
  const order = await shown(page);
  expect([order.indexOf(ids[0] as string), order.indexOf(ids[1] as string)]).toEqual([2, 4]);
  const focused = page.locator("[role=gridcell]:focus img");
  await expect.poll(() => focused.getAttribute("src")).toContain(ids[0]);

  // Far down, it comes with the page that it is on.
  await arrive(at(2500));
  const fresh = await arrive(at(0));
  await pictureIn(page, fresh).waitFor();
  expect(await page.getByRole("button", { name: /arrived/ }).count()).toBe(0);
  expect(faultsOf(page)).toEqual([]);
});

test("a pin after a deep scroll reads no page again; what others or retention trashed leaves the gallery", async () => {
  const page = await openGallery("operator");
  const [newest] = await shown(page);
  const pages = countPages(page);
  const scrolled = async () => {
    await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
    return pages();
  };
  await expect.poll(scrolled).toBeGreaterThanOrEqual(2);
  await page.evaluate(() => window.scrollTo(0, 0));
  await expect.poll(async () => (await shown(page))[0]).toBe(newest);
  const asked: string[] = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await cells(page).nth(1).focus();
  await page.keyboard.press("Space");
  const bar = page.getByRole("toolbar", { name: "Selected captures" });
  await bar.getByRole("button", { name: "Pin", exact: true }).click();
  await page.getByText("Pinned: 1").waitFor();
  await expect.poll(() => cells(page).nth(1).getAttribute("aria-label")).toContain("pinned");
  await page.waitForLoadState("networkidle");
  expect(asked.filter((path) => path.includes("captures.tiles"))).toEqual([]);

  const [, , byOthers] = await shown(page);
  await lab.service.captures.softDelete([byOthers as string]);
  await page.clock.fastForward(61_000);
  await pictureIn(page, byOthers as string).waitFor({ state: "detached" });
  const [, , byRetention] = await shown(page);
  await lab.service.captures.softDelete([byRetention as string]);
  await lab.service.retention.runs.create({
    id: crypto.randomUUID(),
    bucket_id: "pilab-dev",
    dry_run: false,
    worker: "lab",
  });
  await pictureIn(page, byRetention as string).waitFor({ state: "detached" });
  expect(asked.filter((path) => path.includes("captures.tiles"))).toEqual([]);
  expect(faultsOf(page)).toEqual([]);
});

test("a capture of 2042 hides nothing: what arrives after it shows in the gallery, and first on the overview", async () => {
  const gallery = await openGallery();
  const overview = await lab.open(await lab.person("viewer"));
  await overview.goto("/");
  const latest = overview.getByRole("region", { name: "Latest captures" });
  const tile = overview.getByRole("region", { name: "Devices" });
  await latest.waitFor();

  const ahead = await arrive(new Date("2042-01-01T00:00:00Z"));
  await pictureIn(gallery, ahead).waitFor();
  expect((await shown(gallery))[0]).toBe(ahead);
  await expect.poll(() => latest.locator("img").first().getAttribute("src")).toContain(ahead);
  await latest.getByText(/(ago|just now), clock ahead/).waitFor();
  await tile.getByText(/Picture .*(ago|just now), clock ahead/).waitFor();

  const sane = await arrive(at(0));
  await pictureIn(gallery, sane).waitFor();
  expect((await shown(gallery)).slice(0, 2)).toEqual([ahead, sane]);
  await expect.poll(() => latest.locator("img").first().getAttribute("src")).toContain(sane);
  await expect.poll(() => tile.locator("img").first().getAttribute("src")).toContain(sane);
  expect(await tile.getByText("clock ahead").count()).toBe(0);

  // A reader further down is told, and is not moved.
  await gallery.evaluate(() => window.scrollTo(0, 3000));
  const third = await arrive(at(0));
  await gallery.getByRole("button", { name: "New captures" }).click();
  await pictureIn(gallery, third).waitFor();
  expect((await shown(gallery)).slice(0, 3)).toEqual([ahead, third, sane]);
  expect([...faultsOf(gallery), ...faultsOf(overview)]).toEqual([]);
});

/** As the date and the rail name it. */
const dayOf = (daysAgo: number) => new Date(Date.now() - daysAgo * DAY_MS).toISOString().slice(0, 10);
const wordsOf = (day: string) =>
  new Intl.DateTimeFormat("en-GB", {
    weekday: "long",
    day: "numeric",
    month: "long",
    year: "numeric",
    timeZone: "UTC",
  }).format(new Date(day));
const date = (page: Page) => page.getByLabel("Go to a day");
const rail = (page: Page) => page.getByRole("slider", { name: "Time" });
const heading = (page: Page, day: string) => page.getByRole("rowheader", { name: wordsOf(day) });
const atOf = (page: Page) => new URL(page.url()).searchParams.get("at");
/** Counts the pages of captures that are read from now on. */
function countPages(page: Page): () => number {
  let read = 0;
  page.on("response", (response) => (read += response.url().includes("captures.tiles") ? 1 : 0));
  return () => read;
}

test("a jump to a day shows it at once and reads nothing of what lies between; the way back leads to where one was", async () => {
  const page = await openGallery();
  const [newest] = await shown(page);
  const pages = countPages(page);
  const day = dayOf(120);
  await date(page).fill(day);
  await heading(page, day).waitFor();
  await expect.poll(() => date(page).inputValue()).toBe(day);
  await page.waitForLoadState("networkidle");
  // The page of that day, the one before it and perhaps the one after.
  expect(pages()).toBeLessThanOrEqual(3);
  // What is newer came above it, and did not move it.
  const [bar, box] = [await date(page).boundingBox(), await heading(page, day).boundingBox()];
  const below = (box?.y ?? 0) - (bar?.y ?? 0) - (bar?.height ?? 0);
  expect(below).toBeGreaterThan(0);
  expect(below).toBeLessThan(60);
  expect(atOf(page)).toBe(`${dayOf(119)}T00:00:00.000Z`);

  await page.mouse.move(600, 500);
  await page.mouse.wheel(0, -700);
  await heading(page, dayOf(119)).waitFor();
  await expect.poll(() => date(page).inputValue()).toBe(dayOf(118));
  await page.reload();
  await heading(page, day).waitFor();

  await page.goBack();
  await pictureIn(page, newest as string).waitFor();
  expect(atOf(page)).toBeNull();
  expect((await shown(page))[0]).toBe(newest);
  await page.goForward();
  await heading(page, day).waitFor();
  await page.getByRole("button", { name: "Newest" }).click();
  await pictureIn(page, newest as string).waitFor();
  expect(faultsOf(page)).toEqual([]);
});

test("a scroll through more than is kept shows each capture once and in order, down to the oldest and up to the newest", async () => {
  // With the browser's own clock: each step is to be a frame.
  const page = await lab.open(await lab.person("viewer"));
  await page.goto(`/captures?device=${roof.id}`);
  await cells(page).first().waitFor();
  const all: string[] = [];
  for await (const { id } of lab.service.captures.iterate({ deviceId: roof.id })) all.push(id);
  const pages = countPages(page);
  /** All that was met, once it is found to be shown in its order at each step. */
  const walk = (pixels: number, until: string | undefined) =>
    page.evaluate(
      async ({ all, pixels, until }) => {
        const met = new Set<string>();
        while (until !== undefined && !met.has(until)) {
          const images = document.querySelectorAll<HTMLImageElement>("[role=gridcell] img");
          const now = [...images].map(({ src }) => src.slice(-36));
          const from = all.indexOf(now[0] ?? "");
          if (now.join() !== all.slice(from, from + now.length).join()) return `disorder at ${from}`;
          for (const id of now) met.add(id);
          window.scrollBy(0, pixels);
          await new Promise((resolve) => requestAnimationFrame(resolve));
          await new Promise((resolve) => requestAnimationFrame(resolve));
        }
        return met.size;
      },
      { all, pixels, until },
    );
  expect(await walk(700, all.at(-1))).toBe(all.length);
  const down = pages();
  expect(await walk(-700, all[0])).toBe(all.length);
  // What was scrolled past was let go.
  expect(pages()).toBeGreaterThan(down);
  expect(await page.evaluate(() => document.body.scrollHeight)).toBeLessThan(80_000);
  expect(faultsOf(page)).toEqual([]);
}, 120_000);

test("by keys alone one jumps along the rail, and Home leads from anywhere to the newest, with the focus", async () => {
  const page = await openGallery();
  const [newest] = await shown(page);
  await rail(page).focus();
  await page.keyboard.press("PageDown");
  await page.keyboard.press("ArrowDown");
  const words = await rail(page).getAttribute("aria-valuetext");
  await page.clock.fastForward(500);
  await page.getByRole("rowheader", { name: words as string }).waitFor();
  expect(atOf(page)).not.toBeNull();
  expect(await rail(page).evaluate((element) => element === document.activeElement)).toBe(true);

  await cells(page).first().focus();
  await page.keyboard.press("Home");
  await pictureIn(page, newest as string).waitFor();
  const focused = page.locator("[role=gridcell]:focus img");
  await expect.poll(() => focused.getAttribute("src")).toContain(newest);
  expect(atOf(page)).toBeNull();
  expect(faultsOf(page)).toEqual([]);
});

test("a day without captures shows what was taken before it, one before all the oldest, and a filter keeps the time", async () => {
  const page = await openGallery();
  await page.goto(`/captures?device=${roof.id}&at=${dayOf(0)}T00:00:00Z`);
  await heading(page, dayOf(3)).waitFor();
  await page.goto("/captures?at=2001-01-01T00:00:00Z");
  await cells(page).first().waitFor();
  const { captures } = await lab.service.captures.tiles({ order: "oldest", limit: 1 });
  await pictureIn(page, captures[0]?.id as string).waitFor();
  await page.goto(`/captures?at=${dayOf(100)}T00:00:00Z`);
  await heading(page, dayOf(101)).waitFor();
  await page.getByRole("combobox", { name: "Device" }).click();
  await page.getByRole("option", { name: "Roof" }).click();
  await expect.poll(() => new URL(page.url()).searchParams.get("device")).toBe(roof.id);
  await heading(page, dayOf(101)).waitFor();
  expect(atOf(page)).toBe(`${dayOf(100)}T00:00:00Z`);
});

test("what others pin, edit and restore is in an open gallery a minute later", async () => {
  const page = await openGallery();
  const [, , pinned, edited, gone] = (await shown(page)) as [string, string, string, string, string];
  // A test before may have pinned one of them, and what is pinned is not trashed.
  await lab.service.captures.unpin([pinned, gone]);
  await lab.service.captures.softDelete([gone]);
  await page.clock.fastForward(61_000);
  await pictureIn(page, gone).waitFor({ state: "detached" });
  await lab.service.captures.pin([pinned]);
  await lab.service.captures.setFields([edited], { series: "plate 8" });
  await lab.service.captures.restore([gone]);
  await page.clock.fastForward(61_000);
  await pictureIn(page, gone).waitFor();
  await expect.poll(() => pictureIn(page, pinned).getAttribute("aria-label")).toContain("pinned");
  expect((await shown(page)).slice(2, 5)).toEqual([pinned, edited, gone]);
  expect(faultsOf(page)).toEqual([]);
});

test("amid the year nothing serious is wrong for who cannot see or point, in either theme and on a phone", async () => {
  for (const colorScheme of ["light", "dark"] as const) {
    for (const viewport of [
      { width: 1280, height: 800 },
      { width: 390, height: 844 },
    ]) {
      const page = await lab.open(await lab.person("viewer"), { colorScheme, viewport });
      await page.goto(`/captures?at=${dayOf(100)}T00:00:00Z`);
      await heading(page, dayOf(101)).waitFor();
      expect(await seriousFaults(page)).toEqual([]);
      expect(await rail(page).count()).toBe(viewport.width > 1000 ? 1 : 0);
    }
  }
});
