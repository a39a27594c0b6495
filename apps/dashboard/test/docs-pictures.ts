// The pictures of docs/dashboard.md, from a lab that is drawn: node test/docs-pictures.ts ../../docs/screenshots
// With names of its own it makes those alone: loading, failed and away are for looking at, and no part of the docs.
import { mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";
import sharp from "sharp";
import { type DashboardLab, startDashboardLab } from "./lab.ts";
import { seedShow } from "./seed-show.ts";
import type { Wire } from "./wire.ts";

const DESKTOP = { viewport: { width: 1280, height: 800 }, colorScheme: "light" } as const;
const PHONE = { viewport: { width: 390, height: 844 }, colorScheme: "dark" } as const;
/** A page of the docs is read over a network, too. */
const MAX_BYTES = 150_000;

interface Shot {
  readonly path: string;
  readonly as: typeof DESKTOP | typeof PHONE;
  /** What is there when it is ready. */
  readonly ready: string;
  /** Not made unless it is named. */
  readonly extra?: true;
  /** Around the opening: what is wrong. */
  readonly trouble?: (page: Page, open: () => Promise<unknown>, wire: Wire) => Promise<void>;
}

const SHOTS: Record<string, Shot> = {
  overview: { path: "/", as: DESKTOP, ready: ".recharts-surface" },
  "overview-phone": { path: "/", as: PHONE, ready: "section[aria-label=Devices] img" },
  captures: { path: "/captures", as: DESKTOP, ready: "[role=gridcell] img" },
  capture: { path: "/captures?capture=", as: DESKTOP, ready: "[role=dialog] img" },
  devices: { path: "/devices", as: DESKTOP, ready: "main img, main table" },
  device: { path: "/devices/dish-cam", as: DESKTOP, ready: "main h1" },
  alerts: { path: "/alerts", as: DESKTOP, ready: "main h1" },
  retention: { path: "/retention", as: DESKTOP, ready: "main h1" },
  timelapse: { path: "/timelapse?series=plate+7", as: DESKTOP, ready: "main img" },
  loading: { path: "/", as: DESKTOP, ready: "main", extra: true, trouble: whileSlow },
  "loading-captures": { path: "/captures", as: PHONE, ready: "main", extra: true, trouble: whileSlow },
  failed: { path: "/", as: DESKTOP, ready: "main [role=alert]", extra: true, trouble: whileAway },
  "failed-captures": {
    ...{ path: "/captures", as: PHONE, ready: "main [role=alert]" },
    ...{ extra: true, trouble: whileAway },
  },
  away: { path: "/", as: DESKTOP, ready: "text=Last updated", extra: true, trouble: thenAway },
  "away-captures": {
    ...{ path: "/captures", as: PHONE, ready: "text=Last updated" },
    ...{ extra: true, trouble: thenAway },
  },
};

const say = (line: string) => process.stdout.write(`${line}\n`);
const [folder = "screenshots", ...only] = process.argv.slice(2);
await mkdir(folder, { recursive: true });
const lab = await startDashboardLab({ wired: true });
try {
  const { captureId } = await seedShow(lab);
  for (const [name, shot] of Object.entries(SHOTS)) {
    if (only.length === 0 ? shot.extra : !only.includes(name)) continue;
    await take(lab, name, shot, captureId).catch((error) => say(`${name}: ${String(error).slice(0, 300)}`));
    await lab.wire?.mend();
    lab.wire?.slow(0);
  }
} finally {
  await lab.stop();
}

async function take(
  { supabase, wire, open }: DashboardLab,
  name: string,
  { path, as, ready, trouble }: Shot,
  captureId: string,
): Promise<void> {
  const page = await open(supabase.admin, as);
  const go = () =>
    page.goto(path.endsWith("capture=") ? `${path}${captureId}` : path, { waitUntil: "commit" });
  if (trouble) await trouble(page, go, wire as Wire);
  else await go();
  await page.locator(ready).first().waitFor({ timeout: 40_000 });
  await page.waitForTimeout(trouble === whileSlow ? 300 : 2500);
  const file = join(folder, `${name}.png`);
  const screenshot = await page.screenshot();
  for (const quality of [90, 70, 50, 30]) {
    await sharp(screenshot).png({ palette: true, quality, effort: 10 }).toFile(file);
    if ((await stat(file)).size <= MAX_BYTES) break;
  }
  say(`${name}: ${Math.round((await stat(file)).size / 1000)} kB`);
  for (const problem of page.problems) say(`${name}: ${problem}`);
  await page.context().close();
}

async function whileSlow(page: Page, open: () => Promise<unknown>, wire: Wire): Promise<void> {
  // Connections that are open already are quick: they go.
  await wire.cut();
  wire.slow(6000);
  await wire.mend();
  await Promise.race([open(), page.waitForTimeout(4000)]);
}

async function whileAway(_page: Page, open: () => Promise<unknown>, wire: Wire): Promise<void> {
  await wire.cut();
  await open();
}

async function thenAway(page: Page, open: () => Promise<unknown>, wire: Wire): Promise<void> {
  await open();
  await page.locator('[role=status]:has-text("Live")').waitFor();
  await wire.cut();
}
