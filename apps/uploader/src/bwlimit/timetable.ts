import { PilabError } from "@pilab/schema";

/** From `minuteOfWeek` on (0 = Sunday 00:00, local time) this many bytes a second may leave; null = no limit. */
export interface BandwidthSlot {
  minuteOfWeek: number;
  bytesPerS: number | null;
}

/** A week's limits, in the order of time. The last slot also holds from Sunday 00:00 until the first. */
export type BandwidthTimetable = readonly BandwidthSlot[];

const DAYS = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
const DAY_MINUTES = 24 * 60;
const FACTORS: Record<string, number> = { b: 1, "": 1024, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 };

/**
 * Reads a bandwidth limit as rclone users write it: one limit (`2M`), or a timetable of `HH:MM,limit` and
 * `Mon-HH:MM,limit` entries between spaces. Limits are bytes a second: `B`, `k` (KiB, also the default), `M`, `G`;
 * `off` and `0` mean no limit; of `upload:download` the upload counts. A slot without a day holds on every day.
 *
 * @example parseBandwidthLimit("08:00,512k 19:00,off")
 * @throws PilabError `invalid_input`, naming the entry that cannot be read
 */
export function parseBandwidthLimit(text: string): BandwidthTimetable {
  const entries = text.split(/[\s;]+/).filter((entry) => entry !== "");
  const [only] = entries;
  if (only === undefined) throw wrong(text, "it is empty");
  if (entries.length === 1 && !only.includes(",")) {
    // rclone would read a forgotten limit as "8 KiB up, nothing down".
    if (/^\d{1,2}:\d{2}$/.test(only)) throw wrong(only, "a time of day needs a limit after it");
    return [{ minuteOfWeek: 0, bytesPerS: parseLimit(only) }];
  }
  const slots = new Map<number, BandwidthSlot>();
  for (const entry of entries) {
    for (const slot of parseEntry(entry)) {
      if (slots.has(slot.minuteOfWeek)) throw wrong(entry, "that time was given before");
      slots.set(slot.minuteOfWeek, slot);
    }
  }
  return [...slots.values()].sort((a, b) => a.minuteOfWeek - b.minuteOfWeek);
}

/** The limit that holds at a minute of the week. */
export function limitAt(timetable: BandwidthTimetable, minuteOfWeek: number): number | null {
  const slot = timetable.findLast((candidate) => candidate.minuteOfWeek <= minuteOfWeek) ?? timetable.at(-1);
  return slot?.bytesPerS ?? null;
}

function parseEntry(entry: string): BandwidthSlot[] {
  const [, day, hours, minutes, limit] = /^(?:([a-z]+)-)?(\d{1,2}):(\d{2}),(.+)$/i.exec(entry) ?? [];
  if (limit === undefined) throw wrong(entry, "it is no HH:MM,limit");
  if (Number(hours) > 23 || Number(minutes) > 59) throw wrong(entry, "there is no such time of day");
  const minuteOfDay = Number(hours) * 60 + Number(minutes);
  const bytesPerS = parseLimit(limit);
  return daysOf(day, entry).map((index) => ({ minuteOfWeek: index * DAY_MINUTES + minuteOfDay, bytesPerS }));
}

function daysOf(day: string | undefined, entry: string): number[] {
  if (day === undefined) return DAYS.map((_, index) => index);
  const name = day.toLowerCase();
  const index = DAYS.findIndex((full) => full === name || full.slice(0, 3) === name);
  if (index === -1) throw wrong(entry, `${day} is no day; write Mon or Monday`);
  return [index];
}

function parseLimit(text: string): number | null {
  const upload = text.split(":")[0] ?? "";
  if (upload.toLowerCase() === "off") return null;
  const [, digits, unit] = /^(\d+(?:\.\d+)?)([bkmgt]?)(?:i?b)?$/i.exec(upload) ?? [];
  if (digits === undefined || unit === undefined) throw wrong(text, "it is no limit");
  const bytesPerS = Math.floor(Number(digits) * (FACTORS[unit.toLowerCase()] ?? 1));
  return bytesPerS === 0 ? null : bytesPerS;
}

function wrong(value: string, why: string): PilabError {
  return new PilabError("invalid_input", `The bandwidth limit "${value}" cannot be read: ${why}`, {
    hint: 'Write a limit such as 512k, 2M or off (bytes a second), or a timetable: "08:00,512k 19:00,off".',
  });
}
