import { z } from "zod";

const range = z
  .object({ min: z.number().nonnegative(), max: z.number().nonnegative() })
  .partial()
  .refine(({ min, max }) => min !== undefined || max !== undefined);
const instant = z.iso.datetime({ offset: true });

/** Which captures a page shows: what stands in its address. */
export const captureFilter = z
  .object({
    deviceId: z.uuid(),
    series: z.string().min(1).max(200),
    shotType: z.string().min(1).max(200),
    from: instant,
    until: instant,
    state: z.enum(["live", "trashed", "any"]),
    pinned: z.boolean(),
    sizeBytes: range,
    sharpness: range,
    brightness: range,
  })
  .partial();
/** See {@link captureFilter}. */
export type CaptureFilter = z.infer<typeof captureFilter>;

// The names in the address: short, and the same as those of the export's columns.
const TEXTS = {
  device: "deviceId",
  series: "series",
  shot: "shotType",
  from: "from",
  until: "until",
  state: "state",
} as const;
const RANGES = { size: "sizeBytes", sharp: "sharpness", bright: "brightness" } as const;

/** Reads a filter from an address. What is no filter of ours is left out: an old or mistyped link still shows something. */
export function filterFromSearch(search: URLSearchParams): CaptureFilter {
  const read: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(TEXTS)) read[field] = search.get(name) ?? undefined;
  for (const [name, field] of Object.entries(RANGES)) read[field] = rangeFrom(search.get(name));
  const pinned = search.get("pinned");
  if (pinned === "yes" || pinned === "no") read.pinned = pinned === "yes";
  const fields = Object.entries(read).filter(
    ([field, value]) =>
      value !== undefined && captureFilter.shape[field as keyof CaptureFilter].safeParse(value).success,
  );
  return Object.fromEntries(fields) as CaptureFilter;
}

/** Writes a filter into an address; what else stands there stays. */
export function filterToSearch(filter: CaptureFilter, search = new URLSearchParams()): URLSearchParams {
  const written = new URLSearchParams(search);
  const put = (name: string, value: string | undefined) => {
    if (value === undefined || value === "") written.delete(name);
    else written.set(name, value);
  };
  for (const [name, field] of Object.entries(TEXTS)) put(name, filter[field]);
  for (const [name, field] of Object.entries(RANGES)) {
    const value = filter[field];
    put(name, value && `${value.min ?? ""}..${value.max ?? ""}`);
  }
  put("pinned", filter.pinned === undefined ? undefined : filter.pinned ? "yes" : "no");
  return written;
}

/** How many conditions a filter has. */
export function countOf(filter: CaptureFilter): number {
  return Object.values(filter).filter((value) => value !== undefined).length;
}

function rangeFrom(text: string | null): { min?: number; max?: number } | undefined {
  const [, min, max] = /^(\d*\.?\d*)\.\.(\d*\.?\d*)$/.exec(text ?? "") ?? [];
  if (!min && !max) return undefined;
  return { ...(min && { min: Number(min) }), ...(max && { max: Number(max) }) };
}
