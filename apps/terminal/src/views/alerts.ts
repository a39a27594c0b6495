import type { AlertRow } from "@pilab/schema";
import { fit, type Line, line, type Screen, type Tone, tone, words, wrap } from "../line.ts";
import type { Lab } from "../read-lab.ts";
import { age } from "../words.ts";

const TONES: Record<AlertRow["severity"], Tone> = { critical: "bad", warning: "warn", info: "plain" };
const RANKS: Record<AlertRow["severity"], number> = { critical: 0, warning: 1, info: 2 };
const SEVERITY = 10;
const SINCE = 8;

/** What is wrong now, in whole sentences: what nobody has taken on first, then the worst, then the newest. */
export function alertsView({ alerts }: Lab, { width }: Screen, nowMs: number): Line[] {
  if (alerts.length === 0) return [line(tone("good", "No alert is open."))];
  const isTaken = ({ state }: AlertRow) => Number(state === "acknowledged");
  const sorted = alerts.toSorted(
    (a, b) =>
      isTaken(a) - isTaken(b) ||
      RANKS[a.severity] - RANKS[b.severity] ||
      Date.parse(b.opened_at) - Date.parse(a.opened_at),
  );
  return [
    line(tone("dim", ["SEVERITY".padEnd(SEVERITY), "SINCE".padEnd(SINCE), "ALERT"].join(""))),
    ...sorted.flatMap((alert) => {
      const mark = markOf(alert, nowMs);
      const sentence = [...words("plain", alert.title), ...(mark === "" ? [] : [tone("dim", `(${mark})`)])];
      return wrap(sentence, Math.max(20, width - SEVERITY - SINCE)).map((parts, at) =>
        at === 0
          ? [
              tone(TONES[alert.severity], fit(alert.severity, SEVERITY)),
              tone("plain", fit(age(alert.opened_at, nowMs), SINCE)),
              ...parts,
            ]
          : [tone("plain", " ".repeat(SEVERITY + SINCE)), ...parts],
      );
    }),
  ];
}

function markOf({ state, held, silenced_until }: AlertRow, nowMs: number): string {
  if (silenced_until !== null && Date.parse(silenced_until) > nowMs) return "silenced";
  if (held) return "its device is away";
  return state === "open" ? "" : state;
}
