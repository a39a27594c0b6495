// The pictures of the docs, and the page that shows them: node test/docs-pictures.ts ../../docs/screenshots
import { mkdir, readdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { SHOTS } from "./shots.ts";
import { takeShots } from "./take-shots.ts";

/** A page of the docs is read over a network, too. */
const MAX_BYTES = 60_000;
const MAX_HEIGHT = { desktop: 1800, phone: 2100 };

const say = (line: string) => process.stdout.write(`${line}\n`);
const [folder = "screenshots"] = process.argv.slice(2);
await mkdir(folder, { recursive: true });
for (const old of await readdir(folder)) await rm(join(folder, old));
const told = Object.entries(SHOTS).flatMap(([name, { caption }]) =>
  caption === undefined ? [] : [{ name, caption }],
);
await takeShots(
  told.map(({ name }) => name),
  {
    say,
    async keep({ name, width, theme, png }) {
      const file = join(folder, `${name}-${width}-${theme}.webp`);
      const { width: wide = 0, height: high = 0 } = await sharp(png).metadata();
      const shown = sharp(png).extract({
        left: 0,
        top: 0,
        width: wide,
        height: Math.min(high, MAX_HEIGHT[width]),
      });
      for (const quality of [80, 60, 40, 25]) {
        await shown.clone().webp({ quality, effort: 6 }).toFile(file);
        if ((await stat(file)).size <= MAX_BYTES) break;
      }
    },
  },
);
await writeFile(join(folder, "README.md"), gallery());

/** Each page beside its dark self, as a desktop and as a phone show it. */
function gallery(): string {
  const parts = told.map(({ name, caption }) => {
    const picture = (width: string, theme: string, px: number) =>
      `<img src="${name}-${width}-${theme}.webp" width="${px}" alt="${caption}, ${theme}, on a ${width}">`;
    return [
      `## ${caption}\n`,
      `${picture("desktop", "light", 420)} ${picture("desktop", "dark", 420)}\n`,
      `${picture("phone", "light", 200)} ${picture("phone", "dark", 200)}\n`,
    ].join("\n");
  });
  return [
    "# The dashboard in pictures\n",
    "Each page light and dark, on a desktop and on a phone; long ones are cut. `node test/docs-pictures.ts ../../docs/screenshots`",
    "in `apps/dashboard` takes them anew, from a lab that is drawn. [The dashboard](../dashboard.md) says what they show.\n",
    ...parts,
  ].join("\n");
}
