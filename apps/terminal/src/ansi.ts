import type { Line, Tone } from "./line.ts";

const CODES: Record<Tone, readonly [string, string]> = {
  plain: ["", ""],
  dim: ["\x1b[2m", "\x1b[22m"],
  strong: ["\x1b[1m", "\x1b[22m"],
  good: ["\x1b[32m", "\x1b[39m"],
  warn: ["\x1b[33m", "\x1b[39m"],
  bad: ["\x1b[1;31m", "\x1b[22;39m"],
};

/** A line as a terminal takes it, without blanks at its end. */
export function ansi(parts: Line, colour: boolean): string {
  const text = parts.map(({ text, tone }) =>
    colour && text.trim() !== "" ? CODES[tone][0] + text + CODES[tone][1] : text,
  );
  return text.join("").trimEnd();
}
