import { abortableSleep } from "@pilab/retry";
import type { Notifier } from "./notifier.ts";

/** What {@link runWatchdog} takes. */
export interface WatchdogOptions {
  notifier: Notifier;
  env: Readonly<Record<string, string | undefined>>;
  /** What hangs, in words; null when all is well. See `Progress.stuck`. */
  stuck: () => string | null;
  /** Told once each time that work begins to hang: systemd will end this process unless it gets on. */
  onStuck?: (what: string) => void;
  /** Ends the signs of life. */
  signal: AbortSignal;
  pid?: number;
  sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** Oftener costs processes, seldomer leaves an operator with an old status. */
const MAX_INTERVAL_MS = 30_000;

/**
 * Gives systemd a sign of life, at least three times within its WatchdogSec, until `signal` aborts: from a timer, so a
 * blocked event loop is silent, and only while nothing hangs. Then systemd kills and restarts the service; the journal
 * makes that harmless. Without a watchdog only the status is sent on. Never rejects.
 */
export async function runWatchdog(options: WatchdogOptions): Promise<void> {
  const { notifier, env, stuck, onStuck, signal, pid = process.pid, sleep = abortableSleep } = options;
  if (!notifier.listening) return;
  const timeoutMs = watchdogTimeoutMs(env, pid);
  const intervalMs = Math.min(MAX_INTERVAL_MS, timeoutMs === null ? MAX_INTERVAL_MS : timeoutMs / 3);
  let hanging: string | null = null;
  while (!signal.aborted) {
    const what = stuck();
    if (what !== null && hanging === null) onStuck?.(what);
    hanging = what;
    if (what !== null) notifier.setStatus(`stuck: ${what}`);
    await (what === null && timeoutMs !== null ? notifier.alive() : notifier.flush());
    await sleep(intervalMs, signal).catch(() => {});
  }
}

/** WatchdogSec of the unit, when it is meant for this process; null without one. */
export function watchdogTimeoutMs(env: WatchdogOptions["env"], pid: number): number | null {
  const { WATCHDOG_USEC, WATCHDOG_PID } = env;
  if (WATCHDOG_PID !== undefined && Number(WATCHDOG_PID) !== pid) return null;
  const timeoutMs = Number(WATCHDOG_USEC) / 1000;
  return timeoutMs > 0 ? timeoutMs : null;
}
