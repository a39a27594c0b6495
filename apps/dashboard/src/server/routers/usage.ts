import { router, viewerProcedure } from "../trpc.ts";

/** How full the bucket is. */
export const usageRouter = router({
  get: viewerProcedure.query(({ ctx }) => ctx.pilab.usage.get()),
});
