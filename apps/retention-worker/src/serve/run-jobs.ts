import { setTimeout } from "node:timers/promises";
import { withCorrelation } from "@pilab/logging";
import { PilabError } from "@pilab/schema";
import { Cron } from "croner";
import type { Job } from "./job.ts";

/** The part of a logger that tells of jobs. */
interface JobLogger {
  error(fields: object, message: string): void;
}

/** Does jobs until the signal comes, then waits for what is under way. */
export async function runJobs(
  jobs: readonly Job[],
  { signal, logger }: { signal: AbortSignal; logger: JobLogger },
): Promise<void> {
  const timed = jobs.map((job) => ({ job, timetable: timetableOf(job) }));
  await Promise.all(
    timed.map(async ({ job, timetable }) => {
      while (await isDue(timetable, signal)) {
        await withCorrelation(undefined, () => job.run(signal)).catch((error: unknown) => {
          if (!signal.aborted) logger.error({ err: error, job: job.name }, "a job failed");
        });
        timetable.done();
      }
      await job.ended?.();
    }),
  );
}

/** Waits until a job is due; false: until the signal came. */
async function isDue(timetable: Timetable, signal: AbortSignal): Promise<boolean> {
  for (let waitMs = timetable.waitMs(); waitMs > 0 && !signal.aborted; waitMs = timetable.waitMs()) {
    // Not in one sleep: the calendar counts on a clock that is set, and on a machine that is suspended.
    await setTimeout(Math.min(waitMs, LONGEST_SLEEP_MS), undefined, { signal }).catch(() => {});
  }
  return !signal.aborted;
}

const LONGEST_SLEEP_MS = 60_000;

/** When a job is due. */
interface Timetable {
  waitMs(): number;
  /** It has been done: what fell due meanwhile is not made up for. */
  done(): void;
}

function timetableOf({ every, timeZone }: Job): Timetable {
  if (typeof every === "number") {
    let dueAt = performance.now();
    return {
      waitMs: () => dueAt - performance.now(),
      done: () => {
        dueAt = performance.now() + every;
      },
    };
  }
  const cron = parse(every, timeZone);
  let next = cron.nextRun();
  return {
    waitMs: () => (next === null ? Number.POSITIVE_INFINITY : next.getTime() - Date.now()),
    done: () => {
      next = cron.nextRun();
    },
  };
}

function parse(expression: string, timezone: string | undefined): Cron {
  try {
    return new Cron(expression, { paused: true, ...(timezone !== undefined && { timezone }) });
  } catch (cause) {
    throw new PilabError("invalid_input", `--schedule "${expression}": ${(cause as Error).message}`, {
      cause,
      hint: 'Five fields: minute hour day month weekday. "0 2 * * *" is every night at two.',
    });
  }
}
