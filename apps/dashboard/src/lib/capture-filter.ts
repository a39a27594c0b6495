import { isInstant, isLabel, isUuid } from "./address-checks.ts";

/** At least one end. */
interface Range {
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

/** Which captures a page shows: what stands in its address. Calls are checked by `server/capture-filter.ts`. */
export interface CaptureFilter {
  readonly deviceId?: string | undefined;
  readonly series?: string | undefined;
  readonly shotType?: string | undefined;
  readonly from?: string | undefined;
  readonly until?: string | undefined;
  readonly state?: (typeof STATES)[number] | undefined;
  readonly pinned?: boolean | undefined;
  readonly sizeBytes?: Range | undefined;
  readonly sharpness?: Range | undefined;
  readonly brightness?: Range | undefined;
}

/** What `state` may be. */
export const STATES = ["live", "trashed", "any"] as const;

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

const CHECKS: Record<(typeof TEXTS)[keyof typeof TEXTS], (text: string) => boolean> = {
  deviceId: isUuid,
  series: isLabel,
  shotType: isLabel,
  from: isInstant,
  until: isInstant,
  state: (text) => STATES.some((state) => state === text),
};

/** Reads a filter from an address. What is no filter of ours is left out: an old or mistyped link still shows something. */
export function filterFromSearch(search: URLSearchParams): CaptureFilter {
  const read: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(TEXTS)) {
    const text = search.get(name);
    if (text && CHECKS[field](text)) read[field] = text;
  }
  for (const [name, field] of Object.entries(RANGES)) {
    const range = rangeFrom(search.get(name));
    if (range) read[field] = range;
  }
  const pinned = search.get("pinned");
  if (pinned === "yes" || pinned === "no") read.pinned = pinned === "yes";
  return read;
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

function rangeFrom(text: string | null): Range | undefined {
  const [, min, max] = /^(\d+(?:\.\d+)?)?\.\.(\d+(?:\.\d+)?)?$/.exec(text ?? "") ?? [];
  if (!min && !max) return undefined;
  return { ...(min && { min: Number(min) }), ...(max && { max: Number(max) }) };
}
