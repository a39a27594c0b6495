import { type Line, line, tone } from "../line.ts";

const KEYS: readonly (readonly [string, string])[] = [
  ["1 2 3 4", "overview, devices, alerts, latest captures"],
  ["Tab, left, right", "the next view, the one before"],
  ["up, down, j, k", "scroll; PgUp, PgDn, g, G: further"],
  ["r", "look now"],
  ["?", "this help, and back"],
  ["q, Esc, Ctrl-C", "quit"],
];

/** The keys, and what the words mean. */
export function helpView(): Line[] {
  const keys = KEYS.map(([key, what]) => line(tone("strong", key.padEnd(18)), what));
  return [
    ...keys,
    [],
    line(tone("bad", "SILENT"), "  no heartbeat and no picture for 3 intervals, at least 10 min"),
    line(tone("warn", "LATE"), "    alive, but its pictures are overdue"),
    line(tone("warn", "never"), "   made, and not heard of since"),
    [],
    line("Ages are told by the server's clock."),
  ];
}
