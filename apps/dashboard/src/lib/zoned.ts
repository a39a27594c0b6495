import { dateFormat } from "./date-format.ts";

/** The wall clock of a zone at an instant, as `input type="datetime-local"` writes it: `2026-03-09T14:15`. */
export function toLocal(instant: string, timeZone: string): string {
  return dateFormat("local", timeZone).format(new Date(instant)).replace(" ", "T");
}

/** The instant of a wall clock's time in a zone; in the hour that a change of clocks repeats, the first. */
export function fromLocal(local: string, timeZone: string): string | undefined {
  const asUtcMs = Date.parse(`${local}Z`);
  if (Number.isNaN(asUtcMs)) return undefined;
  // The offset is that of the result, which is at most a day away: two steps find it.
  let instantMs = asUtcMs;
  for (let step = 0; step < 2; step += 1) {
    instantMs =
      asUtcMs - (Date.parse(`${toLocal(new Date(instantMs).toISOString(), timeZone)}Z`) - instantMs);
  }
  return new Date(instantMs).toISOString();
}

/** The day of an instant in a zone, for headings: `Monday, 9 March 2026`. */
export function dayIn(instant: string, timeZone: string): string {
  return dateFormat("weekday", timeZone).format(new Date(instant));
}
