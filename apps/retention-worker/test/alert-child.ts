import { deliverAlerts } from "../src/alerts/deliver-alerts.ts";
import { openWorker } from "../src/open-worker.ts";

// A worker to be killed while it sends: evaluates when told to, delivers, and says when it is done.

const worker = openWorker({ source: process.env }, { command: "test" });
const { signal } = new AbortController();
if (process.argv[2] === "evaluate") await worker.client.alerts.evaluate({ single: true });
process.send?.("evaluated");
await deliverAlerts(worker, { signal });
await worker.close();
