import type { Page } from "playwright-core";
import type { Person } from "./account.ts";
import { type DashboardLab, startDashboardLab } from "./lab.ts";
import { type Show, seedShow } from "./seed-show.ts";
import { SHOTS, type Shot } from "./shots.ts";

/** A picture, and what it is of. */
export interface Taken {
  readonly name: string;
  readonly width: "desktop" | "phone";
  readonly theme: "light" | "dark";
  readonly png: Buffer;
}

const WIDTHS = {
  desktop: { viewport: { width: 1280, height: 800 } },
  phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 1.5, hasTouch: true },
} as const;
const HIGHEST = 4000;
const THEMES = ["light", "dark"] as const;

type Named = readonly [name: string, shot: Shot];

/** Takes these pictures in both themes and two widths; tells what went wrong and goes on. */
export async function takeShots(
  names: readonly string[],
  { keep, say }: { keep: (taken: Taken) => Promise<unknown>; say: (line: string) => void },
): Promise<void> {
  const shots = names.map((name): Named => [name, SHOTS[name] as Shot]);
  const [inEmpty, inShow] = [
    shots.filter(([, { lab }]) => lab === "empty"),
    shots.filter(([, { lab }]) => lab !== "empty"),
  ];
  if (inShow.length > 0) await inLab(inShow, { keep, say });
  if (inEmpty.length > 0) await inLab(inEmpty, { keep, say });
}

async function inLab(
  shots: readonly Named[],
  { keep, say }: { keep: (taken: Taken) => Promise<unknown>; say: (line: string) => void },
): Promise<void> {
  const lab = await startDashboardLab({ wired: true });
  let show: Show | undefined;
  try {
    if (shots[0]?.[1].lab !== "empty") show = await seedShow(lab);
    const people = { viewer: show?.viewer, nobody: undefined, admin: lab.supabase.admin };
    const take = async (some: readonly Named[]) => {
      for (const width of ["desktop", "phone"] as const) {
        const pages = new Map<string, Page & { problems: string[] }>();
        for (const [name, shot] of some) {
          const who = shot.as ?? "admin";
          const page = pages.get(who) ?? (await open(lab, people[who], width));
          pages.set(who, page);
          try {
            await bring(lab, page, shot, show);
            if (shot.whole) await unroll(page, width);
            for (const theme of THEMES) {
              await page.emulateMedia({ colorScheme: theme });
              await page.waitForTimeout(400);
              await keep({
                name,
                width,
                theme,
                png: await page.screenshot(),
              });
            }
          } catch (error) {
            say(`${name}, ${width}: ${String(error).slice(0, 400)}`);
          }
          await page.setViewportSize(WIDTHS[width].viewport);
          await lab.wire?.mend();
          lab.wire?.slow(0);
          const problems = page.problems.splice(0);
          if (shot.trouble === undefined)
            for (const problem of problems) say(`${name}, ${width}: ${problem}`);
        }
        for (const page of pages.values()) await page.context().close();
      }
    };
    await take(shots.filter(([, { lab }]) => lab === "worker"));
    await show?.withoutWorker();
    await take(shots.filter(([, { lab }]) => lab !== "worker"));
  } finally {
    await show?.stop();
    await lab.stop();
  }
}

function open(lab: DashboardLab, person: Person | undefined, width: keyof typeof WIDTHS) {
  return lab.open(person, { ...WIDTHS[width], colorScheme: "light", reducedMotion: "reduce" });
}

/** Brings the page into the state that the picture is of. */
async function bring(
  { wire }: DashboardLab,
  page: Page,
  { path, trouble, act }: Shot,
  show: Show | undefined,
): Promise<void> {
  const address = typeof path === "string" ? path : path(show as Show);
  await page.emulateMedia({ colorScheme: "light" });
  if (trouble === "slow") {
    // Connections that are open already are quick: they go.
    await wire?.cut();
    wire?.slow(8000);
    await wire?.mend();
    await Promise.race([page.goto(address, { waitUntil: "commit" }), page.waitForTimeout(3500)]);
    await page.waitForTimeout(300);
    return;
  }
  if (trouble === "away") await wire?.cut();
  await page.goto(address, { waitUntil: "load" });
  if (trouble === "away") await page.locator("#content [role=alert]").first().waitFor({ timeout: 40_000 });
  await page
    .locator("[role=status][aria-label=Loading]")
    .first()
    .waitFor({ state: "detached", timeout: 40_000 });
  if (trouble === "then away") {
    await page.locator('[role=status]:has-text("Live")').waitFor();
    await wire?.cut();
    await page.getByText("Last updated").first().waitFor({ timeout: 40_000 });
  }
  await act?.(page);
  await page.waitForLoadState("networkidle", { timeout: 4000 }).catch(() => {});
  await page.waitForTimeout(600);
}

/** Makes the window as high as the page, so that what fills it and what is drawn only near it is as a person sees it. */
async function unroll(page: Page, width: keyof typeof WIDTHS): Promise<void> {
  for (let round = 0; round < 2; round += 1) {
    const height = await page.evaluate(() => document.documentElement.scrollHeight);
    await page.setViewportSize({ width: WIDTHS[width].viewport.width, height: Math.min(height, HIGHEST) });
    await page.waitForTimeout(700);
  }
}
