import { hasServiceKey } from "../service.ts";
import { router, viewerProcedure } from "../trpc.ts";

/** Who I am, and what this dashboard can do. */
export const meRouter = router({
  get: viewerProcedure.query(({ ctx }) => ({ ...ctx.identity, canManagePeople: hasServiceKey() })),
});
