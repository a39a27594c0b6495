// Pictures of every page in both themes and two widths, from a lab with some life in it:
// node test/screenshots.ts <folder> [name of a page …]; EMPTY=1: from a lab in its first minute.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { startDashboardLab } from "./lab.ts";
import { seedLab } from "./seed-lab.ts";

const PAGES: Record<string, { path: string; press?: string; whole?: boolean; signedOut?: boolean }> = {
  "sign-in": { path: "/sign-in", signedOut: true },
  overview: { path: "/" },
  captures: { path: "/captures" },
  "captures-trash": { path: "/captures?state=trashed" },
  "captures-nothing": { path: "/captures?series=none" },
  timelapse: { path: "/timelapse?dark=0.1", whole: true },
  "timelapse-nothing": { path: "/timelapse?series=none" },
  exports: { path: "/exports", whole: true },
  capture: { path: "/captures?capture=" },
  devices: { path: "/devices" },
  "devices-add": { path: "/devices", press: "Add a device" },
  device: { path: "/devices/greenhouse-1", whole: true },
  "device-troubled": { path: "/devices/dish-cam", whole: true },
  "device-settings": { path: "/devices/greenhouse-1", press: "Settings" },
  "device-none": { path: "/devices/nowhere" },
  people: { path: "/people" },
  "people-invite": { path: "/people", press: "Invite somebody" },
};
const WIDTHS = { phone: { width: 390, height: 844 }, desktop: { width: 1440, height: 900 } };

const say = (line: string) => process.stdout.write(`${line}\n`);
const [folder = "screenshots", ...only] = process.argv.slice(2);
await mkdir(folder, { recursive: true });
const lab = await startDashboardLab();
try {
  const { captureId } = process.env.EMPTY ? { captureId: "" } : await seedLab(lab);
  for (const colorScheme of ["light", "dark"] as const) {
    for (const [width, viewport] of Object.entries(WIDTHS)) {
      const inside = await lab.open(lab.supabase.admin, { viewport, colorScheme });
      const outside = await lab.open(undefined, { viewport, colorScheme });
      for (const [name, { path, press, whole = false, signedOut }] of Object.entries(PAGES)) {
        if (only.length > 0 && !only.includes(name)) continue;
        const page = signedOut ? outside : inside;
        await page.goto(path.endsWith("capture=") ? `${path}${captureId}` : path);
        await page.waitForLoadState("load");
        await page.locator("[role=status][aria-label=Loading]").first().waitFor({ state: "detached" });
        if (press) await page.getByRole("button", { name: press, exact: true }).click();
        await page.waitForTimeout(1500);
        await page.screenshot({ path: join(folder, `${name}-${width}-${colorScheme}.png`), fullPage: whole });
        for (const problem of page.problems.splice(0)) say(`${name}: ${problem}`);
      }
      await inside.context().close();
      await outside.context().close();
    }
  }
} finally {
  await lab.stop();
}
