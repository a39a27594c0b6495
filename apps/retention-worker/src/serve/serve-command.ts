import type { CommandContext } from "../commands/command-context.ts";
import type { ServeFlags } from "../commands/serve.ts";
import { openWorker } from "../open-worker.ts";
import { createJobs } from "./jobs.ts";
import { runJobs } from "./run-jobs.ts";

/** Serves until it is told to stop. */
export async function runServe(context: CommandContext, flags: ServeFlags): Promise<number> {
  const worker = openWorker(context, { command: "serve", log: "stdout" });
  const { logger } = worker;
  try {
    const jobs = createJobs(worker, flags);
    logger.info({ schedule: flags.schedule, jobs: jobs.map(({ name }) => name) }, "serving");
    await runJobs(jobs, { signal: context.signal, logger });
    logger.info({}, "stopped");
    return 0;
  } finally {
    await worker.close();
  }
}
