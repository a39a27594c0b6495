// Scrolls down through 20,000 captures as fast as their pages come, then back up: node test/measure-scroll.ts
// Prints what each quarter of the way cost the browser; pictures are left out, whose cost is not asked here.
import type { Page } from "playwright-core";
import { burst } from "./burst.ts";
import { startDashboardLab } from "./lab.ts";

const CAPTURES = 20_000;
const PAGE = 120;
const QUARTERS = 4;

/** What the page notes of itself, see {@link watchFrames}. */
interface Noted {
  readonly frames: number[];
  readonly tasks: number[];
}

const say = (line: string) => process.stdout.write(`${line}\n`);
const lab = await startDashboardLab();
try {
  const { id } = await lab.device("dish-cam");
  for (let sent = 0; sent < CAPTURES; sent += 2000)
    await burst(lab.supabase.sql, id, { perSecond: 8000, seconds: 0.25 });
  // Ten minutes apart: some twenty weeks.
  await lab.supabase.sql.exec(`
    update public.captures c set captured_at = now() - interval '10 minutes' * n
    from (select id, row_number() over (order by captured_at desc, id) as n from public.captures) as spread where spread.id = c.id`);
  const page = await lab.open(await lab.person("viewer"), { viewport: { width: 1280, height: 800 } });
  await page.route("**/api/thumbnails/*", (route) => route.abort());
  let pages = 1;
  page.on("response", (response) => (pages += response.url().includes("captures.tiles") ? 1 : 0));
  await page.goto("/captures");
  await page.getByRole("gridcell").first().waitFor();
  const heapMb = await heapOf(page);
  await watchFrames(page);

  say(
    `| ${CAPTURES} captures | pages | s | ms a page | frames | over 50 ms | tasks over 50 ms | the longest | heap | DOM nodes |`,
  );
  say("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
  const report = async (way: string, read: number, seconds: number) => {
    const { frames, tasks } = await noted(page);
    const nodes = await page.evaluate(() => document.querySelectorAll("*").length);
    const slow = frames.filter((ms) => ms > 50).length;
    const longestMs = Math.round(Math.max(0, ...tasks));
    say(
      `| ${way} | ${read} | ${seconds.toFixed(1)} | ${Math.round((seconds * 1000) / Math.max(1, read))} | ${frames.length} | ${slow} | ${tasks.length} | ${longestMs} ms | ${await heapMb()} MB | ${nodes} |`,
    );
  };
  await report("at the top", 1, 0);
  const all = Math.ceil(CAPTURES / PAGE);
  const timer = (to: "0" | "document.body.scrollHeight") =>
    page.evaluate<number>(`setInterval(() => window.scrollTo(0, ${to}), 50)`);
  const stop = (handle: number) => page.evaluate((handle) => clearInterval(handle), handle);

  const down = await timer("document.body.scrollHeight");
  for (let quarter = 1; quarter <= QUARTERS; quarter += 1) {
    const [startedMs, before, goal] = [performance.now(), pages, (all * quarter) / QUARTERS];
    while (pages < goal) await page.waitForTimeout(20);
    await report(`down, quarter ${quarter}`, pages - before, (performance.now() - startedMs) / 1000);
  }
  await stop(down);
  const [startedMs, before] = [performance.now(), pages];
  const up = await timer("0");
  const newest = await newestOf();
  await page
    .locator(`[role=gridcell] img[src$="${newest}"]`)
    .waitFor({ state: "attached", timeout: 600_000 });
  await stop(up);
  await report("back to the top", pages - before, (performance.now() - startedMs) / 1000);
} finally {
  await lab.stop();
}

async function newestOf(): Promise<string> {
  const { captures } = await lab.service.captures.tiles({ limit: 1 });
  return captures[0]?.id ?? "";
}

/** The JavaScript heap after a collection, in MB. */
async function heapOf(page: Page): Promise<() => Promise<number>> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Performance.enable");
  return async () => {
    await devtools.send("HeapProfiler.collectGarbage");
    const { metrics } = await devtools.send("Performance.getMetrics");
    return Math.round((metrics.find(({ name }) => name === "JSHeapUsedSize")?.value ?? 0) / 1e6);
  };
}

async function watchFrames(page: Page): Promise<void> {
  await page.evaluate(() => {
    const noted: Noted = { frames: [], tasks: [] };
    Object.assign(window, { noted });
    new PerformanceObserver((list) =>
      noted.tasks.push(...list.getEntries().map(({ duration }) => duration)),
    ).observe({ type: "longtask" });
    let last = performance.now();
    const frame = () => {
      const now = performance.now();
      noted.frames.push(now - last);
      last = now;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
}

/** Since it was last asked. */
async function noted(page: Page): Promise<Noted> {
  return await page.evaluate(() => {
    const { noted } = window as unknown as { noted: Noted };
    return { frames: noted.frames.splice(0), tasks: noted.tasks.splice(0) };
  });
}
