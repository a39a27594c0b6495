import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type DashboardLab, startDashboardLab } from "./lab.ts";
import { type RunningUploader, startUploader } from "./uploader.ts";

const MEASURED = 5;

let lab: DashboardLab;
let root: string;
let folder: string;
let uploader: RunningUploader;

beforeAll(async () => {
  lab = await startDashboardLab();
  root = await mkdtemp(join(tmpdir(), "pilab-arrival-"));
  folder = join(root, "pictures");
  await mkdir(folder);
  uploader = await startUploader(lab, { slug: "window-cam", folder, stateDir: join(root, "state") });
});
afterAll(async () => {
  await uploader?.stop();
  await lab?.stop();
  if (root) await rm(root, { recursive: true });
});

/** As a camera that writes beside and renames. */
async function shoot(name: string): Promise<void> {
  const path = join(folder, name);
  await writeFile(`${path}.tmp`, await lab.picture({ width: 1280, height: 720 }));
  await rename(`${path}.tmp`, path);
}

/** Resolves when so many pictures of captures stand in a part of the page, loaded. */
async function pictures(page: Page, part: string, count: number): Promise<void> {
  await page.waitForFunction(
    ([selector, wanted]) =>
      [...document.querySelectorAll<HTMLImageElement>(`${selector} img`)].filter(
        ({ complete, naturalWidth }) => complete && naturalWidth > 0,
      ).length >= wanted,
    [part, count] as const,
    { timeout: 60_000 },
  );
}

test("a file that is written into the uploader's folder shows on the open overview and gallery without a reload", async () => {
  const viewer = await lab.person("viewer");
  const [overview, gallery] = [await lab.open(viewer), await lab.open(viewer)];
  await Promise.all([overview.goto("/"), gallery.goto("/captures")]);
  for (const page of [overview, gallery]) {
    await page.locator('[role=status]:has-text("Live")').waitFor();
    await page.evaluate(() => Object.assign(window, { sameDocument: true }));
  }

  const tookMs: { overview: number; gallery: number }[] = [];
  for (let frame = 1; frame <= MEASURED; frame += 1) {
    await shoot(`frame-${frame}.jpg`);
    const writtenMs = performance.now();
    const since = async (shown: Promise<void>) => {
      await shown;
      return performance.now() - writtenMs;
    };
    const [onOverview, inGallery] = await Promise.all([
      since(pictures(overview, 'section[aria-label="Latest captures"]', frame)),
      since(pictures(gallery, "[role=gridcell]", frame)),
    ]);
    tookMs.push({ overview: onOverview, gallery: inGallery });
  }

  for (const page of [overview, gallery]) {
    expect(await page.evaluate(() => "sameDocument" in window)).toBe(true);
    expect(page.problems).toEqual([]);
  }
  for (const part of ["overview", "gallery"] as const) {
    const sorted = tookMs.map((times) => times[part]).toSorted((a, b) => a - b);
    process.stdout.write(
      `from file written to picture on the ${part}: ${sorted.map((ms) => `${(ms / 1000).toFixed(2)} s`).join(", ")}\n`,
    );
  }
}, 180_000);
