import { z } from "zod";
import { router, viewerProcedure } from "../trpc.ts";

const cursor = z.object({ capturedAt: z.string(), id: z.uuid() });

/** The catalogue. */
export const capturesRouter = router({
  list: viewerProcedure
    .input(z.object({ limit: z.int().min(1).max(200).default(60), cursor: cursor.nullish() }))
    .query(({ ctx, input, signal }) =>
      ctx.pilab.captures.list({ limit: input.limit, after: input.cursor ?? undefined, signal }),
    ),
  get: viewerProcedure
    .input(z.object({ id: z.uuid() }))
    .query(({ ctx, input, signal }) => ctx.pilab.captures.get(input.id, signal)),
});
