const DAYS: Record<string, number> = { Sun: 0, Mon: 1, Tue: 2, Wed: 3, Thu: 4, Fri: 5, Sat: 6 };

/**
 * Makes a function that tells the minute of the week (0 = Sunday 00:00) that a clock on the wall shows at an instant.
 * Through summer time that is what people mean: the hour that is skipped has no minutes, the hour that comes twice has
 * its minutes twice.
 *
 * @param timeZone IANA name; default: the machine's own
 */
export function createWallClock(timeZone?: string): (epochMs: number) => number {
  const format = new Intl.DateTimeFormat("en-US", {
    ...(timeZone === undefined ? {} : { timeZone }),
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  const read = (epochMs: number) => {
    const parts = Object.fromEntries(format.formatToParts(epochMs).map(({ type, value }) => [type, value]));
    return (DAYS[parts.weekday ?? ""] ?? 0) * 1440 + Number(parts.hour) * 60 + Number(parts.minute);
  };
  // Asked for every piece that is sent; every zone's minutes begin with the minutes of UTC.
  let known = { minute: Number.NaN, minuteOfWeek: 0 };
  return (epochMs) => {
    const minute = Math.floor(epochMs / 60_000);
    if (minute !== known.minute) known = { minute, minuteOfWeek: read(epochMs) };
    return known.minuteOfWeek;
  };
}
