import type { UsageDay } from "@pilab/schema";

const DAY_MS = 86_400_000;

/** What is stored at the end of a day, of what is stored now. */
export interface StoredDay {
  readonly day: string;
  readonly files: number;
  readonly bytes: number;
}

/**
 * The captures that are stored now, summed up by the UTC day on which they arrived: the last day is what is stored, the first
 * has also all that is older. Days without arrivals are filled in.
 */
export function storedByDay(
  arrivals: readonly UsageDay[],
  stored: { files: number; bytes: number },
  { days, today }: { days: number; today: Date },
): StoredDay[] {
  const byDay = new Map(arrivals.map((arrival) => [arrival.day, arrival]));
  const result: StoredDay[] = [];
  let { files, bytes } = stored;
  for (let ago = 0; ago < days; ago += 1) {
    const day = new Date(today.getTime() - ago * DAY_MS).toISOString().slice(0, 10);
    result.unshift({ day, files, bytes });
    files -= byDay.get(day)?.stored_files ?? 0;
    bytes -= byDay.get(day)?.stored_bytes ?? 0;
  }
  return result;
}
