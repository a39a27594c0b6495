import { spawnSync } from "node:child_process";
import type { Locator } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Person } from "./account.ts";
import { seriousFaults } from "./axe.ts";
import { hasProgram } from "./has-program.ts";
import { type DashboardLab, startDashboardLab } from "./lab.ts";

const MINUTE_MS = 60_000;
/** Which of the twelve frames are at night. */
const NIGHT = [0, 4, 5, 6];
const MANY = 100_000;

let lab: DashboardLab;
let viewer: Person;
let device: Awaited<ReturnType<DashboardLab["device"]>>;
/** The oldest first. */
const ids: string[] = [];

beforeAll(async () => {
  lab = await startDashboardLab();
  viewer = await lab.person("viewer");
  device = await lab.device("dish-cam", { name: "Dish camera", expected_interval_s: 300, series: "dish 7" });
  for (let frame = 0; frame < 12; frame += 1) {
    const brightness = NIGHT.includes(frame) ? 0.02 : 0.5;
    const { captureId } = await device.pilab.captures.uploadAndLog(await lab.picture(), {
      metrics: { brightness, sharpness: 0.6, contrast: 0.3 },
      capturedAt: new Date(Date.UTC(2026, 2, 9, 12, frame)),
      series: "dish 7",
    });
    ids.push(captureId as string);
  }
});
afterEach(() => lab.closePages());
afterAll(() => lab?.stop());

type LabPage = Awaited<ReturnType<DashboardLab["open"]>>;
const picture = (page: LabPage): Locator => page.locator("img[data-frame]");
const shown = (page: LabPage) => picture(page).getAttribute("data-frame");

/** The frames that the page shows from now on, one after the other. */
async function watch(page: LabPage): Promise<() => Promise<string[]>> {
  await page.evaluate(() => {
    const seen: string[] = [];
    Object.assign(globalThis, { seen });
    const note = () => {
      const id = document.querySelector("img[data-frame]")?.getAttribute("data-frame");
      if (id && id !== seen.at(-1)) seen.push(id);
    };
    note();
    new MutationObserver(note).observe(document.body, { attributes: true, childList: true, subtree: true });
  });
  return () => page.evaluate(() => (globalThis as unknown as { seen: string[] }).seen);
}

describe("a film", () => {
  test("plays every frame in its order and stops at the end, with the time and the device of each", async () => {
    const page = await lab.open(viewer);
    await page.goto("/timelapse?series=dish+7");
    await expect.poll(() => shown(page)).toBe(ids[0]);
    const frames = await watch(page);
    await page.keyboard.press("Space");
    await page.getByRole("button", { name: "Pause" }).waitFor();
    await expect.poll(frames, { timeout: 20_000 }).toEqual(ids);
    await page.getByRole("button", { name: "Play", exact: true }).waitFor();
    const player = page.getByRole("region", { name: "Player" });
    await player.getByText("Dish camera").waitFor();
    await player.getByText("9 Mar 2026, 12:11:00").waitFor();
    expect(page.problems).toEqual([]);
  });

  test("leaves dark frames out and says how many", async () => {
    const page = await lab.open(viewer);
    await page.goto("/timelapse?series=dish+7");
    await expect.poll(() => shown(page)).toBe(ids[0]);
    await page.getByLabel("Skip dark frames").click();
    await page.getByText("Skipped 4 of 12 frames read: 4 dark").waitFor();
    const frames = await watch(page);
    await page.getByRole("button", { name: "Play", exact: true }).click();
    const day = ids.filter((_, index) => !NIGHT.includes(index));
    await expect.poll(frames, { timeout: 20_000 }).toEqual(day);
    expect(new URL(page.url()).searchParams.get("dark")).toBe("0.1");
    await page.reload();
    await page.getByText("Skipped 4 of 12 frames read: 4 dark").waitFor();
  });

  test("is driven by keys: steps, ends, speed, and a loop begins anew", async () => {
    const page = await lab.open(viewer);
    await page.goto("/timelapse?series=dish+7");
    await expect.poll(() => shown(page)).toBe(ids[0]);
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    await expect.poll(() => shown(page)).toBe(ids[2]);
    await page.keyboard.press("ArrowLeft");
    await expect.poll(() => shown(page)).toBe(ids[1]);
    await page.keyboard.press("Shift+ArrowRight");
    await expect.poll(() => shown(page)).toBe(ids[11]);
    await page.keyboard.press("Home");
    await expect.poll(() => shown(page)).toBe(ids[0]);
    await page.keyboard.press("End");
    await expect.poll(() => shown(page)).toBe(ids[11]);
    await page.keyboard.press("ArrowUp");
    const speed = page.getByRole("region", { name: "Player" }).getByLabel("Speed");
    await expect.poll(() => speed.inputValue()).toBe("15");
    await page.getByRole("button", { name: "Loop" }).click();
    const frames = await watch(page);
    await page.getByRole("button", { name: "Play", exact: true }).click();
    await expect.poll(async () => (await frames()).slice(0, 3)).toEqual([ids[11], ids[0], ids[1]]);
    await page.getByRole("button", { name: "Pause" }).click();
  });

  test("says what to do where no frame fits", async () => {
    const page = await lab.open(viewer);
    await page.goto("/timelapse?series=none");
    await page.getByText("No frame fits").waitFor();
    expect(page.problems).toEqual([]);
  });

  test("has no serious fault of accessibility, in either theme and on a phone", async () => {
    for (const options of [
      { colorScheme: "light" },
      { colorScheme: "dark" },
      { colorScheme: "light", viewport: { width: 390, height: 844 } },
    ] as const) {
      const page = await lab.open(viewer, options);
      await page.goto("/timelapse?series=dish+7&dark=0.1");
      await picture(page).waitFor();
      await page.getByRole("grid").waitFor();
      expect(await seriousFaults(page)).toEqual([]);
      const { scroll, client } = await page.evaluate(() => ({
        scroll: document.documentElement.scrollWidth,
        client: document.documentElement.clientWidth,
      }));
      expect(scroll).toBe(client);
      await page.goto("/exports");
      await page.getByRole("heading", { name: "Usage" }).waitFor();
      expect(await seriousFaults(page)).toEqual([]);
      expect(page.problems).toEqual([]);
    }
  });
});

test(`a film of ${MANY} frames is crossed by time: a jump reads what lies there, not all before it`, async () => {
  const other = await lab.device("meadow");
  const lastMs = Date.UTC(2026, 4, 1);
  await lab.supabase.sql.transaction((tx) =>
    tx.query(
      `insert into public.captures (
         bucket_id, object_path, file_name, sha256, size_bytes, content_type, device_id, series,
         captured_at, captured_at_source, captured_at_trusted
       )
       select 'pilab-dev', 'meadow/' || n || '.jpg', n || '.jpg', encode(sha256(n::text::bytea), 'hex'), 1000,
         'image/jpeg', $1, 'meadow', $2::timestamptz - make_interval(mins => n), 'exif', true
       from generate_series(0, ${MANY - 1}) as n`,
      [other.id, new Date(lastMs).toISOString()],
    ),
  );
  const page = await lab.open(viewer);
  let asked = 0;
  page.on("request", (request) => {
    if (request.url().includes("timelapse.frames")) asked += 1;
  });
  await page.goto("/timelapse?series=meadow");
  await picture(page).waitFor();
  const middle = lastMs - (MANY / 2) * MINUTE_MS;
  await page.getByLabel("Time in the film").fill(String(middle));
  const time = page.getByRole("region", { name: "Player" }).locator("time");
  await expect.poll(() => time.getAttribute("datetime")).toBe(new Date(middle).toISOString());
  await page.keyboard.press("ArrowLeft");
  await expect.poll(() => time.getAttribute("datetime")).toBe(new Date(middle - MINUTE_MS).toISOString());
  await page.keyboard.press("End");
  await expect.poll(() => time.getAttribute("datetime")).toBe(new Date(lastMs).toISOString());
  expect(asked).toBeLessThanOrEqual(8);
});

describe("the heat map", () => {
  test("shows a gap in words, tells each hour on focus, and is a table to a reader of the screen", async () => {
    const roof = await lab.device("roof", { name: "Roof", expected_interval_s: 300, series: "sky" });
    // Two days, a frame each five minutes; three hours and one hour of them are missing.
    const startMs = Math.floor(Date.now() / 86_400_000) * 86_400_000 - 2 * 86_400_000;
    await lab.supabase.sql.transaction((tx) =>
      tx.query(
        `insert into public.captures (
           bucket_id, object_path, file_name, sha256, size_bytes, content_type, device_id, series,
           captured_at, captured_at_source, captured_at_trusted
         )
         select 'pilab-dev', 'roof/' || n || '.jpg', n || '.jpg', encode(sha256(('r' || n)::bytea), 'hex'), 1000,
           'image/jpeg', $1, 'sky', at, 'exif', true
         from generate_series(0, 5000) as n, lateral (select $2::timestamptz + make_interval(mins => n * 5)) as t (at)
         where at < now() and extract(hour from at - $2::timestamptz) + 24 * extract(day from at - $2::timestamptz) not in (6, 7, 8, 30)`,
        [roof.id, new Date(startMs).toISOString()],
      ),
    );
    const page = await lab.open(viewer);
    await page.goto("/timelapse?series=sky");
    const card = page.getByRole("region", { name: "Frames received" });
    await card.getByText("2 gaps, longest 3 h").waitFor();
    const grid = card.getByRole("grid");
    expect(await grid.getByRole("row").count()).toBe(4);
    await grid.locator("td[tabindex='0']").focus();
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("ArrowUp");
    for (let hour = 0; hour < 6; hour += 1) await page.keyboard.press("ArrowRight");
    await card.getByText(/, 6:00 to 7:00: 0 of 12 expected$/).waitFor();
    await page.keyboard.press("ArrowLeft");
    await card.getByText(/, 5:00 to 6:00: 12 of 12 expected$/).waitFor();
    expect(page.problems).toEqual([]);
  });
});

const hasFfmpeg = hasProgram("ffmpeg", "-version");

describe("a movie", () => {
  test.skipIf(hasFfmpeg)(
    "is not offered where the host has no ffmpeg, and the page says what to install",
    async () => {
      const page = await lab.open(viewer);
      await page.goto("/timelapse?series=dish+7");
      await page.getByText("MP4 files need").waitFor();
      expect((await page.request.get("/api/export/movie?series=dish+7")).status()).toBe(501);
    },
  );

  test.skipIf(!hasFfmpeg)("has the frames that the page counted, and is one that ffmpeg reads", async () => {
    const page = await lab.open(viewer);
    await page.goto("/timelapse?series=dish+7&dark=0.1");
    await page.getByRole("button", { name: "Count frames" }).click();
    await page.getByText("8 frames, 1 s").waitFor();
    const saved = page.waitForEvent("download");
    await page.getByRole("link", { name: "Save MP4" }).click();
    const file = await saved;
    expect(file.suggestedFilename()).toBe("pilab-dish 7-2026-03-09.mp4");
    const probe = spawnSync("ffprobe", [
      ...["-v", "error", "-count_frames", "-select_streams", "v:0"],
      ...["-show_entries", "stream=codec_name,width,height,nb_read_frames", "-of", "json", await file.path()],
    ]);
    expect(JSON.parse(String(probe.stdout)).streams[0]).toEqual({
      codec_name: "h264",
      width: 640,
      height: 480,
      nb_read_frames: "8",
    });
  });

  test.skipIf(!hasFfmpeg)("of too many frames is refused with what to do", async () => {
    const page = await lab.open(viewer);
    await page.goto("/timelapse?series=meadow");
    await page.getByRole("button", { name: "Count frames" }).click();
    await page.getByText(/5000 frames at most.*every second/).waitFor();
    const answer = await page.request.get("/api/export/movie?series=meadow");
    expect(answer.status()).toBe(400);
  });
});
