import { capturesRouter } from "./routers/captures.ts";
import { fleetRouter } from "./routers/fleet.ts";
import { liveRouter } from "./routers/live.ts";
import { meRouter } from "./routers/me.ts";
import { usageRouter } from "./routers/usage.ts";
import { router } from "./trpc.ts";

/** Every call that a page can make; one router an area. */
export const appRouter = router({
  captures: capturesRouter,
  fleet: fleetRouter,
  live: liveRouter,
  me: meRouter,
  usage: usageRouter,
});

/** What the browser's client is typed by. */
export type AppRouter = typeof appRouter;
