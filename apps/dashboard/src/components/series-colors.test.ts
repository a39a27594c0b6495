import { readFile } from "node:fs/promises";
import { DEFAULT_THEME } from "@mantine/core";
import { describe, expect, test } from "vitest";
import { SERIES_COLORS } from "./series-colors.ts";

type Rgb = readonly [number, number, number];

/** What remains of a colour, in linear light: Machado, Oliveira and Fernandes (2009), complete deficiency. */
const VISIONS = {
  "full colour": [1, 0, 0, 0, 1, 0, 0, 0, 1],
  protanopia: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  deuteranopia: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
} as const;
/** CIE76; 2.3 is what can be noticed side by side. */
const APART = 14;

const linear = (channel: number) =>
  channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;

/** A colour as somebody with this vision sees it, in CIE Lab under D65. */
function seen(hex: string, vision: keyof typeof VISIONS): Rgb {
  const full = hex.length === 4 ? hex.replaceAll(/[0-9a-f]/g, "$&$&") : hex;
  const rgb = [1, 3, 5].map((at) => linear(Number.parseInt(full.slice(at, at + 2), 16) / 255));
  const times = (matrix: readonly number[], of: readonly number[]) =>
    [0, 3, 6].map((row) => of.reduce((sum, value, at) => sum + value * (matrix[row + at] ?? 0), 0));
  const [x = 0, y = 0, z = 0] = times(
    [0.4124, 0.3576, 0.1805, 0.2126, 0.7152, 0.0722, 0.0193, 0.1192, 0.9505],
    times(VISIONS[vision], rgb).map((value) => Math.min(1, Math.max(0, value))),
  ).map((value, at) => {
    const share = value / ([0.9505, 1, 1.089][at] ?? 1);
    return share > 0.008856 ? Math.cbrt(share) : 7.787 * share + 16 / 116;
  });
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

/** Pairs that are too alike, in words. */
function alike(colors: Readonly<Record<string, string>>): string[] {
  const entries = Object.entries(colors);
  return (Object.keys(VISIONS) as (keyof typeof VISIONS)[]).flatMap((vision) =>
    entries.flatMap(([name, color], at) =>
      entries.slice(at + 1).flatMap(([other, otherColor]) => {
        const [a, b] = [seen(color, vision), seen(otherColor, vision)];
        const distance = Math.hypot(...a.map((value, axis) => value - (b[axis] ?? 0)));
        return distance < APART ? [`${name} and ${other}, ${vision}: ${distance.toFixed(1)}`] : [];
      }),
    ),
  );
}

/** `light-dark(#…, #…)` of a style sheet, by theme and by what stands before it. */
async function fromCss(file: string, pattern: RegExp): Promise<Record<string, string>[]> {
  const css = await readFile(new URL(file, import.meta.url), "utf8");
  const found = [...css.matchAll(pattern)];
  return [2, 3].map((theme) => Object.fromEntries(found.map((match) => [match[1], match[theme] as string])));
}

const ofMantine = (name: string) => {
  const [hue = "", shade] = name.split(".");
  return DEFAULT_THEME.colors[hue]?.[Number(shade)] as string;
};

describe("colours are told apart with full colour vision, protanopia and deuteranopia", () => {
  test.each([
    ["uploads", ["uploaded", "duplicates", "failed"]],
    ["a forecast of storage", ["stored", "live"]],
  ] as const)("in the chart of %s", (_, names) => {
    expect(alike(Object.fromEntries(names.map((name) => [name, ofMantine(SERIES_COLORS[name])])))).toEqual(
      [],
    );
  });

  test("of states, in both themes", async () => {
    const themes = await fromCss("../app/globals.css", /--pilab-(\w+): light-dark\((#\w+), (#\w+)\)/g);
    expect(themes.map((theme) => Object.keys(theme).length)).toEqual([4, 4]);
    expect(themes.flatMap(alike)).toEqual([]);
  });

  test("of the heat map's levels, in both themes", async () => {
    const level = /\[data-level="(\w+)"\] \{\s*background: light-dark\((#\w+), (#\w+)\)/g;
    const themes = await fromCss("cadence/heat-map.module.css", level);
    expect(themes.map((theme) => Object.keys(theme))).toEqual([
      ["full", "most", "few"],
      ["full", "most", "few"],
    ]);
    expect(themes.flatMap(alike)).toEqual([]);
  });
});
