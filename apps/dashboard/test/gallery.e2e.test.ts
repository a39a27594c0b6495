import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { burst } from "./burst.ts";
import { type DashboardLab, startDashboardLab } from "./lab.ts";

// A gallery that stays open while captures come and go.

const MINUTE_MS = 60_000;

let lab: DashboardLab;
let device: Awaited<ReturnType<DashboardLab["device"]>>;

beforeAll(async () => {
  lab = await startDashboardLab();
  device = await lab.device("dish-cam", { name: "Dish camera" });
  await burst(lab.supabase.sql, device.id, { perSecond: 400, seconds: 1 });
  // Over the hours before now, five minutes apart.
  await lab.supabase.sql.exec(`
    update public.captures c set created_at = at, captured_at = at
    from (select id, now() - interval '5 minutes' * row_number() over (order by captured_at desc) as at from public.captures) as spread
    where spread.id = c.id`);
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
  let read = 0;
  page.on("response", (response) => (read += response.url().includes("captures.tiles") ? 1 : 0));
  const scrolled = async () => {
    await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
    return read;
  };
  await expect.poll(scrolled).toBeGreaterThanOrEqual(2);
  await page.evaluate(() => window.scrollTo(0, 0));
  await cells(page).first().waitFor();
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
