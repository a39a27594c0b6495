import { PilabError } from "@pilab/schema";

const UNITS_MS: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/**
 * Reads a length of time such as `7d`, `12h`, `90m`, `30s` or `2w`; `0` is none. Gives milliseconds.
 *
 * @param option names the option in the error, as the user writes it
 * @throws PilabError `invalid_input`
 */
export function parseDuration(text: string, option: string): number {
  const [, count, unit] = /^(\d+(?:\.\d+)?)\s*([smhdw])$/i.exec(text.trim()) ?? [];
  if (count !== undefined && unit !== undefined) return Number(count) * (UNITS_MS[unit.toLowerCase()] ?? 0);
  if (text.trim() === "0") return 0;
  throw new PilabError("invalid_input", `${option} got "${text}"; it wants a length of time`, {
    hint: "Write a number and s, m, h, d or w, such as 7d or 12h; 0 for none.",
  });
}
