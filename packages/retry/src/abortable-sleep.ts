import { setTimeout } from "node:timers/promises";
import { PilabError } from "@pilab/schema";
import { classify } from "./classify.ts";

/** The longest timer Node has; a longer one overflows and fires at once. */
export const TIMER_MAX_MS = 2 ** 31 - 1;

/**
 * Waits. Rejects as soon as `signal` aborts with a PilabError: the signal's reason if that is one, else `aborted`
 * (`timeout` for AbortSignal.timeout) with the reason as its cause. Longer than 24.8 days counts as 24.8 days.
 */
export async function abortableSleep(ms: number, signal?: AbortSignal): Promise<void> {
  try {
    await setTimeout(Math.min(ms, TIMER_MAX_MS), undefined, { signal });
  } catch (error) {
    throw signal?.aborted ? abortError(signal) : error;
  }
}

/** The PilabError that an aborted signal stands for. */
export function abortError(signal: AbortSignal): PilabError {
  const reason: unknown = signal.reason;
  if (reason instanceof PilabError) return reason;
  return classify(reason).code === "timeout"
    ? new PilabError("timeout", "The time given for this ran out", { cause: reason })
    : new PilabError("aborted", "Stopped before it was done", { cause: reason });
}
