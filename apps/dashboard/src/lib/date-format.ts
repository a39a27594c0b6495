const made = new Map<string, Intl.DateTimeFormat>();

/** Shapes of times; each zone has its own of each. */
const SHAPES = {
  /** `24 Nov 2026, 11:07:42` */
  time: [
    "en-GB",
    {
      day: "numeric",
      month: "short",
      year: "numeric",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    },
  ],
  /** `Monday 9 March 2026` */
  weekday: ["en-GB", { weekday: "long", day: "numeric", month: "long", year: "numeric" }],
  /** `9 Mar` */
  day: ["en-GB", { day: "numeric", month: "short" }],
  /** `11:07` */
  hour: ["en-GB", { hour: "2-digit", minute: "2-digit" }],
  /** `9 Mar, 11:07` */
  dayAndHour: ["en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" }],
  /** `2026-03-09` */
  date: ["sv-SE", {}],
  /** `2026-03-09 14:15` */
  local: ["sv-SE", { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" }],
} as const satisfies Record<string, readonly [string, Intl.DateTimeFormatOptions]>;

/** The one formatter of a shape in a zone: to make one takes as long as a hundred uses, and a page shows hundreds of times. */
export function dateFormat(shape: keyof typeof SHAPES, timeZone: string): Intl.DateTimeFormat {
  const name = `${shape} ${timeZone}`;
  const known = made.get(name);
  if (known) return known;
  const [locale, options] = SHAPES[shape];
  const format = new Intl.DateTimeFormat(locale, { timeZone, ...options });
  made.set(name, format);
  return format;
}
