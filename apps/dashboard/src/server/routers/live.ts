import type { LiveEvent } from "@pilab/storage-core";
import { TRPCError } from "@trpc/server";
import { borrowClient } from "../clients.ts";
import { shutdown } from "../shutdown.ts";
import { router, viewerProcedure } from "../trpc.ts";

/** What happens, while it happens. */
export const liveRouter = router({
  /**
   * Which tables changed, at most once a second. It ends with an error, never by returning, which would tell the browser not to
   * come back: when the server stops, and when the token runs out, so that the browser comes again with a fresh one.
   */
  changes: viewerProcedure.subscription(async function* ({ ctx, signal }): AsyncGenerator<LiveEvent> {
    const tokenEnds = AbortSignal.timeout(
      Math.min(Math.max(ctx.session.usableUntilMs - Date.now(), 1000), 2 ** 31 - 1),
    );
    const ends = AbortSignal.any([tokenEnds, shutdown().signal, ...(signal ? [signal] : [])]);
    const { pilab, giveBack } = borrowClient(ctx.accessToken);
    try {
      yield* pilab.live.changes({ signal: ends });
    } finally {
      giveBack();
    }
    if (!signal?.aborted) throw new TRPCError({ code: "SERVICE_UNAVAILABLE", message: "come again" });
  }),
});
