import { isPilabError } from "@pilab/schema";
import { openWorker } from "../src/open-worker.ts";
import { runRetention } from "../src/run/run-retention.ts";

// `pilab-retention run --confirm`, again and again until nothing is left, with a lease that a killed worker leaves soon.

const worker = openWorker({ source: process.env }, { command: "run" });
for (let isLeft = true; isLeft; ) {
  try {
    const request = {
      bucket: worker.environment.storage.bucket,
      scope: {},
      confirmedBy: "test",
      stopEnds: true,
      ttlS: 1,
    };
    const runs = await runRetention(worker, { ...request, signal: new AbortController().signal });
    isLeft = runs.some(({ state }) => state !== "done");
  } catch (error) {
    if (!isPilabError(error) || error.code !== "lock_held") throw error;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
await worker.close();
