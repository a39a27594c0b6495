// Lighthouse on the production build, before a lab with some life in it, as a phone and as a desktop:
// node test/measure-pages.ts <folder of a Lighthouse: npm i lighthouse@13.5.0 there> [page …]
// It is no dependency: 170 MB of tools for figures that are taken now and then.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { startDashboardLab } from "./lab.ts";
import { seedLab } from "./seed-lab.ts";
import { tick } from "./seed-show.ts";

interface Report {
  readonly lhr: {
    readonly categories: Record<string, { readonly score: number | null }>;
    readonly audits: Record<
      string,
      { readonly score: number | null; readonly title: string; readonly numericValue?: number }
    >;
  };
}
type Lighthouse = (
  url: string,
  flags: {
    port: number;
    logLevel: "error";
    output: "json";
    onlyCategories: string[];
    disableStorageReset: true;
    extraHeaders: { Cookie: string };
  },
  config?: object,
) => Promise<Report>;

const CATEGORIES = ["performance", "accessibility", "best-practices"];
const RUNS = Number(process.env.PILAB_RUNS ?? 3);
const PORT = 9333;
const [tools = "", ...only] = process.argv.slice(2);
const main = join(tools, "node_modules/lighthouse/core/index.js");
const { default: lighthouse, desktopConfig } = (await import(pathToFileURL(main).href)) as {
  default: Lighthouse;
  desktopConfig: object;
};

const say = (line: string) => process.stdout.write(`${line}\n`);
const lab = await startDashboardLab();
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM_PATH ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", `--remote-debugging-port=${PORT}`],
});
// As in a lab that runs: without a worker each page begins with words about that.
await tick(lab.service);
const ticking = setInterval(() => void tick(lab.service).catch(() => {}), 60_000);
try {
  const { captureId, deviceId } = await seedLab(lab);
  const device = await lab.service.devices.get(deviceId);
  const paths: Record<string, string> = {
    "sign-in": "/sign-in",
    overview: "/",
    captures: "/captures",
    capture: `/captures?capture=${captureId}`,
    devices: "/devices",
    device: `/devices/${device.slug}`,
    alerts: "/alerts",
    retention: "/retention",
    timelapse: "/timelapse",
    audit: "/audit",
  };
  const inside = await lab.open(lab.supabase.admin);
  const cookies = (await inside.context().cookies()).map(({ name, value }) => `${name}=${value}`).join("; ");
  await inside.context().close();
  say(
    "| page | as | performance | accessibility | best practices | LCP | TBT | CLS |\n|---|---|--:|--:|--:|--:|--:|--:|",
  );
  for (const [name, path] of Object.entries(paths)) {
    if (only.length > 0 && !only.includes(name)) continue;
    for (const [as, config] of [
      ["phone", undefined],
      ["desktop", desktopConfig],
    ] as const) {
      const reports: Report["lhr"][] = [];
      for (let run = 0; run < RUNS; run += 1) {
        const { lhr } = await lighthouse(
          `${lab.url}${path}`,
          {
            port: PORT,
            logLevel: "error",
            output: "json",
            onlyCategories: CATEGORIES,
            disableStorageReset: true,
            extraHeaders: { Cookie: name === "sign-in" ? "" : cookies },
          },
          config,
        );
        // A page that was never painted has no score: it says nothing of the page.
        if (lhr.categories.performance?.score != null) reports.push(lhr);
      }
      const byPerformance = reports.toSorted((a, b) => scoreOf(a, "performance") - scoreOf(b, "performance"));
      const median = byPerformance[Math.floor(reports.length / 2)];
      if (median === undefined) {
        say(`| ${name} | ${as} | not measured | | | | | |`);
        continue;
      }
      const value = (audit: string) => median.audits[audit]?.numericValue ?? Number.NaN;
      say(
        `| ${name} | ${as} | ${CATEGORIES.map((category) => scoreOf(median, category)).join(" | ")} | ` +
          `${(value("largest-contentful-paint") / 1000).toFixed(1)} s | ${Math.round(value("total-blocking-time"))} ms | ${value("cumulative-layout-shift").toFixed(3)} |`,
      );
      if (process.env.PILAB_SHOW_FAULTS)
        for (const { score, title } of Object.values(median.audits))
          if (score !== null && score < 0.9) say(`  ${score} ${title}`);
    }
  }
} finally {
  clearInterval(ticking);
  await browser.close();
  await lab.stop();
}

function scoreOf(lhr: Report["lhr"], category: string): number {
  return Math.round((lhr.categories[category]?.score ?? 0) * 100);
}
