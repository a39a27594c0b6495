import { formatCount } from "../format.ts";
import { type Cadence, overlapMs } from "./cadence-days.ts";

/** A time without frames though some were expected. */
export interface Gap {
  readonly fromMs: number;
  readonly untilMs: number;
  /** It reaches to now, and frames are expected still. */
  readonly goesOn: boolean;
}

/**
 * Runs of steps in which nothing came, not even a picture again. One counts when it is as long as two intervals: after one, the next frame may just be
 * a little late. Without an interval nothing can be said.
 */
export function gapsOf(cadence: Cadence): Gap[] {
  const { sinceMs, stepMs, received, repeats, expectedIntervalS } = cadence;
  if (expectedIntervalS === null) return [];
  const gaps: Gap[] = [];
  let fromMs: number | undefined;
  const end = (untilMs: number, goesOn: boolean) => {
    if (fromMs !== undefined && untilMs - fromMs >= 2000 * expectedIntervalS)
      gaps.push({ fromMs, untilMs, goesOn });
    fromMs = undefined;
  };
  for (const [index, count] of received.entries()) {
    const startMs = sinceMs + index * stepMs;
    const isWhole = overlapMs(cadence, startMs) === stepMs;
    if (count + (repeats[index] ?? 0) > 0) end(startMs, false);
    // A step that has just begun, or in which the device came, says nothing.
    else if (isWhole) fromMs ??= startMs;
  }
  end(Math.min(cadence.untilMs, sinceMs + received.length * stepMs), cadence.isCurrent);
  return gaps;
}

/** Gaps in a sentence: `3 gaps, longest 2 h 15 min`. */
export function gapWords(gaps: readonly Gap[]): string {
  const [longest] = gaps.map(({ fromMs, untilMs }) => untilMs - fromMs).toSorted((a, b) => b - a);
  if (longest === undefined) return "No gaps";
  const goesOn = gaps.at(-1)?.goesOn
    ? gaps.length === 1
      ? ", and it goes on"
      : ", and the last goes on"
    : "";
  return gaps.length === 1
    ? `1 gap of ${lengthWords(longest)}${goesOn}`
    : `${gaps.length} gaps, longest ${lengthWords(longest)}${goesOn}`;
}

/** How often pictures came again, in a sentence; undefined: never. */
export function repeatWords({ repeats }: Pick<Cadence, "repeats">): string | undefined {
  const count = repeats.reduce((sum, one) => sum + one, 0);
  if (count === 0) return undefined;
  const times = count === 1 ? "once" : `${formatCount(count)} times`;
  return `A picture that was there before came again ${times}: the camera may be stuck`;
}

/** A length of time to the minute, by its two largest units: `2 h 15 min`, `3 d 4 h`. */
export function lengthWords(ms: number): string {
  const minutes = Math.max(1, Math.round(ms / 60_000));
  const [days, hours, rest] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24, minutes % 60];
  const parts =
    days > 0
      ? [`${days} d`, hours > 0 && `${hours} h`]
      : [hours > 0 && `${hours} h`, rest > 0 && `${rest} min`];
  return parts.filter(Boolean).join(" ");
}
