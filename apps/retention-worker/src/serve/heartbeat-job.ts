import { PilabError } from "@pilab/schema";
import type { Job } from "./job.ts";

const EVERY_MS = 60_000;
const TIMEOUT_MS = 10_000;

/** Calls a URL each minute: a watcher elsewhere notices when the worker, its machine or its network are gone. */
export function heartbeatJob(url: string): Job {
  return {
    name: "heartbeat",
    every: EVERY_MS,
    async run(signal) {
      const answer = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]) });
      await answer.body?.cancel();
      if (!answer.ok) throw new PilabError("server_error", `HEARTBEAT_URL answered ${answer.status}`);
    },
  };
}
