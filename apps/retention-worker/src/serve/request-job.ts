import { isPilabError, type WorkerRequestRow } from "@pilab/schema";
import type { Worker } from "../open-worker.ts";
import { answerRequest } from "./answer-request.ts";
import type { BucketRuns } from "./bucket-runs.ts";
import type { Job } from "./job.ts";

const LOOK_EVERY_MS = 2000;
const TOUCH_EVERY_MS = 60_000;
/** A worker that has not touched its request for so long is dead. */
const STALE_MS = 5 * TOUCH_EVERY_MS;
const AT_ONCE = 4;

/** Answers what people ask by the dashboard; a few at once, so that a preview need not wait for a run. */
export function requestJob(worker: Worker, { runs }: { runs: BucketRuns }): Job {
  const underWay = new Set<Promise<void>>();
  return {
    name: "requests",
    every: LOOK_EVERY_MS,
    async run(signal) {
      signal.addEventListener("abort", () => {}, { once: true });
      while (underWay.size < AT_ONCE && !signal.aborted) {
        const request = await worker.client.requests.take({
          worker: worker.holder,
          staleMs: STALE_MS,
          signal,
        });
        if (!request) break;
        const answering = answer(worker, runs, { request, signal }).finally(() => underWay.delete(answering));
        underWay.add(answering);
      }
    },
    async ended() {
      await Promise.all(underWay);
    },
  };
}

async function answer(
  worker: Worker,
  runs: BucketRuns,
  { request, signal }: { request: WorkerRequestRow; signal: AbortSignal },
): Promise<void> {
  const { requests } = worker.client;
  const { id, kind } = request;
  const touch = setInterval(() => {
    requests.update(id, { touch: true }).catch(() => {});
  }, TOUCH_EVERY_MS).unref();
  try {
    const result = await answerRequest(worker, { request, runs, signal });
    await requests.update(id, { result });
    worker.logger.info({ request_id: id, kind }, "request answered");
  } catch (error) {
    // Told to stop: the worker that is started next takes it up.
    const change = signal.aborted ? { release: true as const } : { error: sayError(error) };
    await requests.update(id, change).catch(() => {});
    if (!signal.aborted) worker.logger.warn({ err: error, request_id: id, kind }, "request failed");
  } finally {
    clearInterval(touch);
  }
}

function sayError(error: unknown): string {
  if (!isPilabError(error)) return "the worker failed; its log says why";
  return error.hint === undefined ? error.message : `${error.message}\n${error.hint}`;
}
