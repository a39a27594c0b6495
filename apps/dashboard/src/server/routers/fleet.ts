import { router, viewerProcedure } from "../trpc.ts";

/** Everything at a glance. */
export const fleetRouter = router({
  overview: viewerProcedure.query(({ ctx, signal }) => ctx.pilab.fleet.overview({ signal })),
});
