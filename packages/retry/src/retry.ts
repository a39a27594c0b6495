import { PilabError } from "@pilab/schema";
import { backOff } from "exponential-backoff";
import { abortableSleep, abortError, TIMER_MAX_MS } from "./abortable-sleep.ts";
import { type BackoffOptions, backoffDelayMs } from "./backoff.ts";
import { type Classification, classify as classifyError } from "./classify.ts";

/** What the function under {@link retry} is told. */
export interface Attempt {
  /** From 1. */
  number: number;
  /** Aborts with the caller's signal and when the budget is spent. Hand it to every request. */
  signal: AbortSignal;
}

/** What `onAttempt` is told, once after each attempt. */
export interface AttemptReport {
  /** From 1. */
  number: number;
  /** Since retry was called, in milliseconds. */
  elapsedMs: number;
  /** What comes next. `renew`: the session was renewed, the next attempt starts at once. */
  next: "done" | "wait" | "renew" | "give_up";
  /** The wait before the next attempt, in milliseconds; 0 unless `next` is "wait". */
  waitMs: number;
  /** What the attempt, or the renewal of the session after it, failed with. */
  error?: unknown;
  /** What `classify` made of the error. */
  classification?: Classification;
}

/** Every option of {@link retry}. */
export interface RetryOptions extends Partial<BackoffOptions> {
  /** Attempts at most, the first included; renewing the session is not counted. Default 3. */
  maxAttempts?: number | undefined;
  /** Time for all attempts and waits together, in milliseconds; Infinity for none. Default 300000. */
  budgetMs?: number | undefined;
  /** Stops the running attempt and every wait. */
  signal?: AbortSignal | undefined;
  /** Called after each attempt. What it throws ends the retry. */
  onAttempt?: ((report: AttemptReport) => void) | undefined;
  /** Signs in again. Called at the first token error; a token error after it succeeded stops. */
  renewSession?: ((signal: AbortSignal) => Promise<void>) | undefined;
  /** Replaces the table that says what is worth another try. Default {@link classifyError}. */
  classify?: ((error: unknown) => Classification) | undefined;
  /** Waits; must reject when the signal aborts. Default {@link abortableSleep}. */
  sleep?: ((ms: number, signal: AbortSignal) => Promise<void>) | undefined;
  /** A clock in milliseconds that never jumps. Default performance.now, as a Pi's time of day is set after boot. */
  now?: (() => number) | undefined;
  /** A number in [0, 1). Default Math.random. */
  random?: (() => number) | undefined;
}

/**
 * Calls `fn` until it succeeds, its error is permanent, attempts or budget are spent, or the signal aborts; then it
 * throws what the last attempt threw (a PilabError `aborted` or `timeout` when it was stopped). Never runs two
 * attempts at once and never leaves one behind, so `fn` must heed `attempt.signal`.
 *
 * @example await retry(({ signal }) => upload(file, { signal }), { maxAttempts: 5, onAttempt: (r) => log.debug(r) });
 */
export async function retry<T>(fn: (attempt: Attempt) => Promise<T>, options: RetryOptions = {}): Promise<T> {
  const settings = withDefaults(options);
  const { budgetMs, classify, now, onAttempt, renewSession, sleep } = settings;
  const startedAt = now();
  let [number, failures, renewed, running] = [0, 0, false, false];
  let lastError: unknown;
  const budget = startBudget(budgetMs, () => lastError);
  const signal = options.signal ? AbortSignal.any([options.signal, budget.signal]) : budget.signal;

  const attempt = async () => {
    if (signal.aborted) throw abortError(signal);
    number += 1;
    running = true;
    return await fn({ number, signal });
  };

  const report = (outcome: Pick<AttemptReport, "next" | "waitMs" | "error" | "classification">) =>
    onAttempt?.({ number, elapsedMs: now() - startedAt, ...outcome });

  /** Asked by backOff after each failed attempt: true for another one, else throws what the caller shall see. */
  const prepareNext = async (thrown: unknown): Promise<true> => {
    let error = signal.aborted ? abortError(signal) : thrown;
    if (!running) throw error; // stopped between the wait and the attempt: nothing to report
    running = false;
    let classification = classify(error);
    if (classification.kind === "token" && renewSession && !renewed) {
      try {
        await renewSession(signal);
        renewed = true;
        report({ next: "renew", waitMs: 0, error, classification });
        return true;
      } catch (renewError) {
        error = signal.aborted ? abortError(signal) : renewError;
        classification = classify(error);
      }
    }
    lastError = error;
    failures += 1;
    const waitMs = nextWaitMs(failures, classification, settings);
    const fits = failures < settings.maxAttempts && waitMs < budgetMs - (now() - startedAt);
    const goesOn = classification.kind === "transient" && !signal.aborted && fits;
    report({ next: goesOn ? "wait" : "give_up", waitMs: goesOn ? waitMs : 0, error, classification });
    if (!goesOn) throw error;
    await sleep(waitMs, signal);
    return true;
  };

  try {
    // backOff loops. It can neither abort its own wait nor heed Retry-After, so its delay is 0 and ours stands above.
    const endless = Number.POSITIVE_INFINITY;
    const value = await backOff(attempt, { startingDelay: 0, numOfAttempts: endless, retry: prepareNext });
    report({ next: "done", waitMs: 0 });
    return value;
  } finally {
    budget.stop();
  }
}

function withDefaults(options: RetryOptions) {
  const {
    maxAttempts = 3,
    baseDelayMs = 1000,
    maxDelayMs = 60_000,
    jitter = 0.1,
    budgetMs = 300_000,
  } = options;
  checkRange("maxAttempts", maxAttempts, 1, "a number of attempts from 1");
  checkRange("baseDelayMs", baseDelayMs, 0, "milliseconds from 0");
  checkRange("maxDelayMs", maxDelayMs, 0, "milliseconds from 0");
  checkRange("budgetMs", budgetMs, 1, "milliseconds from 1");
  checkRange("jitter", jitter, 0, "a share from 0 to 1", 1);
  return {
    ...{ maxAttempts, baseDelayMs, maxDelayMs, jitter, budgetMs },
    classify: options.classify ?? classifyError,
    now: options.now ?? (() => performance.now()),
    onAttempt: options.onAttempt,
    random: options.random ?? Math.random,
    renewSession: options.renewSession,
    sleep: options.sleep ?? abortableSleep,
  };
}

function checkRange(
  option: string,
  value: number,
  min: number,
  wanted: string,
  max = Number.POSITIVE_INFINITY,
): void {
  if (value >= min && value <= max) return;
  throw new PilabError("invalid_input", `retry: ${option} is ${value}, it must be ${wanted}`);
}

/** A server's Retry-After is the least it wants; jitter on top keeps a room full of Pis from coming back at once. */
function nextWaitMs(
  failures: number,
  { retryAfterMs = 0 }: Classification,
  { random, ...backoff }: BackoffOptions & { random: () => number },
): number {
  return Math.max(backoffDelayMs(failures, backoff, random), retryAfterMs * (1 + backoff.jitter * random()));
}

/** A real timer, whatever clock was injected: it must cut an attempt that hangs. */
function startBudget(budgetMs: number, lastError: () => unknown): { signal: AbortSignal; stop: () => void } {
  const controller = new AbortController();
  if (budgetMs > TIMER_MAX_MS) return { signal: controller.signal, stop: () => {} };
  const timer = setTimeout(() => {
    const message = `No success within the time budget of ${budgetMs} ms`;
    controller.abort(new PilabError("timeout", message, { cause: lastError(), details: { budgetMs } }));
  }, budgetMs);
  return { signal: controller.signal, stop: () => clearTimeout(timer) };
}
