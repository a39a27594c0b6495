import { z } from "zod";
import { type CaptureFilter, STATES } from "../lib/capture-filter.ts";

const range = z
  .object({ min: z.number().nonnegative(), max: z.number().nonnegative() })
  .partial()
  .refine(({ min, max }) => min !== undefined || max !== undefined);
const instant = z.iso.datetime({ offset: true });
const label = z.string().min(1).max(200);

/** A {@link CaptureFilter} as a call brings it. */
export const captureFilter = z
  .object({
    deviceId: z.uuid(),
    series: label,
    shotType: label,
    from: instant,
    until: instant,
    state: z.enum(STATES),
    pinned: z.boolean(),
    sizeBytes: range,
    sharpness: range,
    brightness: range,
  } satisfies Record<keyof CaptureFilter, z.ZodType>)
  .partial();
