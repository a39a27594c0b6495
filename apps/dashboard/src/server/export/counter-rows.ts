import "server-only";
import type { PilabClient } from "@pilab/storage-core";
import { z } from "zod";
import type { ExportRow } from "./text-of.ts";
import { utc } from "./text-of.ts";

const DAY_MS = 86_400_000;
/** How much is asked for at once: what the server gives by the hour at most is 62 days. */
const STEP_MS = 60 * DAY_MS;
/** Without a beginning: a year. */
const DEFAULT_DAYS = 365;

const time = z.union([z.iso.date(), z.iso.datetime({ offset: true })]).transform((text) => new Date(text));
const period = z.strictObject({ format: z.string(), from: time.optional(), until: time.optional() });
const usageInput = period.extend({ by: z.enum(["total", "device", "shot_type", "series"]).default("total") });
const uploadsInput = period.extend({
  by: z.enum(["hour", "day"]).default("day"),
  device: z.uuid().optional(),
});

/** Columns of {@link usageRows}. */
export const USAGE_COLUMNS = ["day", "by", "key", "files", "bytes", "stored_files", "stored_bytes"] as const;

/** What arrived on each UTC day and what of it is stored now, the oldest first; days without arrivals are left out. */
export async function* usageRows(
  pilab: PilabClient,
  search: URLSearchParams,
  signal: AbortSignal,
): AsyncGenerator<ExportRow> {
  const { by, ...input } = usageInput.parse(Object.fromEntries(search));
  const slugs =
    by === "device"
      ? new Map((await pilab.devices.list(signal)).map(({ id, slug }) => [id, slug]))
      : undefined;
  for (const { since, until } of steps(input)) {
    const groupBy = by === "total" ? undefined : by;
    // Its days are inclusive on both ends.
    const days = await pilab.usage.daily({ since, until: new Date(until.getTime() - 1), groupBy, signal });
    for (const day of days) yield { ...day, by, key: slugs?.get(day.key ?? "") ?? day.key };
  }
}

/** Columns of {@link uploadRows}. */
export const UPLOAD_COLUMNS = ["at", "device", "ok", "failed", "duplicate", "bytes"] as const;

/** How uploads went in each hour or UTC day, the oldest first, those without uploads too. */
export async function* uploadRows(
  pilab: PilabClient,
  search: URLSearchParams,
  signal: AbortSignal,
): AsyncGenerator<ExportRow> {
  const { by, device, ...input } = uploadsInput.parse(Object.fromEntries(search));
  const slug = device === undefined ? null : (await pilab.devices.get(device, signal)).slug;
  for (const { since, until } of steps(input)) {
    for (const step of await pilab.uploads.stats({ since, until, by, device, signal })) {
      // The step that begins where the next part does comes there.
      if (new Date(step.at) < until) yield { ...step, at: utc(step.at), device: slug };
    }
  }
}

/** A period in parts that begin and end on UTC days. */
function* steps({ from, until = new Date() }: { from?: Date | undefined; until?: Date | undefined }) {
  const endMs = Math.min(until.getTime(), Date.now());
  const beginMs = floorDay(from?.getTime() ?? endMs - DEFAULT_DAYS * DAY_MS);
  for (let at = beginMs; at < endMs; at += STEP_MS) {
    yield { since: new Date(at), until: new Date(Math.min(at + STEP_MS, endMs)) };
  }
}

function floorDay(ms: number): number {
  return Math.floor(ms / DAY_MS) * DAY_MS;
}
