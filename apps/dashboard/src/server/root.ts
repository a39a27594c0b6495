import { alertsRouter } from "./routers/alerts.ts";
import { auditRouter } from "./routers/audit.ts";
import { capturesRouter } from "./routers/captures.ts";
import { devicesRouter } from "./routers/devices.ts";
import { fleetRouter } from "./routers/fleet.ts";
import { liveRouter } from "./routers/live.ts";
import { meRouter } from "./routers/me.ts";
import { peopleRouter } from "./routers/people.ts";
import { retentionRouter } from "./routers/retention.ts";
import { timelapseRouter } from "./routers/timelapse.ts";
import { usageRouter } from "./routers/usage.ts";
import { workerRouter } from "./routers/worker.ts";
import { router } from "./trpc.ts";

/** Every call that a page can make; one router an area. */
export const appRouter = router({
  alerts: alertsRouter,
  audit: auditRouter,
  captures: capturesRouter,
  devices: devicesRouter,
  fleet: fleetRouter,
  live: liveRouter,
  me: meRouter,
  people: peopleRouter,
  retention: retentionRouter,
  timelapse: timelapseRouter,
  usage: usageRouter,
  worker: workerRouter,
});

/** What the browser's client is typed by. */
export type AppRouter = typeof appRouter;
