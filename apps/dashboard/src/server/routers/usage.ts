import { z } from "zod";
import { router, viewerProcedure } from "../trpc.ts";

const DAY_MS = 86_400_000;
const days = z.object({ days: z.int().min(1).max(366) });

/** How full the bucket is, and what came in. */
export const usageRouter = router({
  get: viewerProcedure.query(({ ctx }) => ctx.pilab.usage.get()),
  /** Arrivals of each UTC day, and what of them is stored now. */
  daily: viewerProcedure
    .input(days)
    .query(({ ctx, input, signal }) =>
      ctx.pilab.usage.daily({ since: new Date(Date.now() - (input.days - 1) * DAY_MS), signal }),
    ),
  /** How uploads went, by day in a zone. */
  uploadsDaily: viewerProcedure
    .input(days.extend({ timeZone: z.string().max(64) }))
    .query(({ ctx, input, signal }) =>
      ctx.pilab.uploads.stats({
        since: new Date(Date.now() - (input.days - 1) * DAY_MS),
        by: "day",
        timeZone: input.timeZone,
        signal,
      }),
    ),
});
