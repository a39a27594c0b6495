// Pictures of every page and state in both themes and two widths, to look at:
// node test/screenshots.ts <folder> [name of a picture, or its beginning …]
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { SHOTS } from "./shots.ts";
import { takeShots } from "./take-shots.ts";

const say = (line: string) => process.stdout.write(`${line}\n`);
const [folder = "screenshots", ...only] = process.argv.slice(2);
await mkdir(folder, { recursive: true });
const names = Object.keys(SHOTS).filter(
  (name) => only.length === 0 || only.some((one) => name.startsWith(one)),
);
await takeShots(names, {
  say,
  keep: ({ name, width, theme, png }) => writeFile(join(folder, `${name}-${width}-${theme}.png`), png),
});
