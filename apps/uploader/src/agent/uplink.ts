import { type ErrorCode, isPilabError, type PilabError } from "@pilab/schema";
import { createAlarm } from "../intake/alarm.ts";
import { type AgentTimes, backOffMs } from "./times.ts";

/** How the way to the server is. */
export type UplinkState =
  | { readonly kind: "connecting" }
  /** `trial`: the last that was heard was a refusal, so one file is tried before the others. */
  | { readonly kind: "open"; readonly trial: boolean }
  /** No answer, or one that says "not now". */
  | { readonly kind: "away"; readonly error: PilabError }
  /** A clear no, with a fresh token. */
  | { readonly kind: "refused"; readonly error: PilabError };

/** Decides whether there is a server to upload to. */
export interface Uplink {
  readonly state: UplinkState;
  /** Whose fault a failed file is. The server's closes the way, and the file has not failed. */
  blame(error: PilabError): Promise<"server" | "file">;
  /** A file arrived. */
  succeeded(): void;
  /** Tries now what would be tried later. */
  hurry(): void;
  /** Opens the way, and opens it again, until the signal aborts. Rejects with what no waiting mends. */
  run(): Promise<void>;
}

/** What {@link createUplink} takes. */
export interface UplinkOptions {
  /** Asks the server whether this device may work with it; throws its answer. */
  readonly probe: () => Promise<void>;
  /** What no waiting mends. */
  readonly isFatal: (error: unknown) => boolean;
  readonly times: Pick<AgentTimes, "awayMinMs" | "awayMaxMs" | "refusedMs">;
  /** Before the first try. */
  readonly firstDelayMs: number;
  readonly signal: AbortSignal;
  readonly onChange: (state: UplinkState) => void;
  readonly random?: () => number;
}

const REFUSALS: ReadonlySet<ErrorCode> = new Set(["not_signed_in", "forbidden", "bucket_missing"]);
const NOT_NOW: ReadonlySet<ErrorCode> = new Set(["rate_limited"]);
/** One file may meet these alone; only another question tells whether the server does. */
const DOUBTFUL: ReadonlySet<ErrorCode> = new Set(["network", "timeout", "server_error", "server_busy"]);

/** Makes the way, closed. */
export function createUplink(options: UplinkOptions): Uplink {
  const { probe, isFatal, times, signal, onChange, random } = options;
  const alarm = createAlarm(signal);
  let state: UplinkState = { kind: "connecting" };
  let failures = 0;
  let waitMs = options.firstDelayMs;
  let probing: Promise<void> | undefined;

  function set(next: UplinkState): void {
    state = next;
    onChange(next);
  }

  function close(error: PilabError): void {
    failures += 1;
    const retryAfterMs = Number(error.details?.retryAfterMs ?? 0);
    const refused = REFUSALS.has(error.code);
    waitMs = refused
      ? times.refusedMs
      : Math.max(retryAfterMs, backOffMs(failures, times.awayMinMs, times.awayMaxMs, random));
    set({ kind: refused ? "refused" : "away", error });
  }

  /** From outside the loop, which sleeps until then. */
  function closeOpen(error: PilabError): void {
    if (state.kind !== "open") return;
    close(error);
    alarm.ring();
  }

  /** One question for all who ask at the same time. */
  function probeOnce(): Promise<void> {
    probing ??= probe().finally(() => {
      probing = undefined;
    });
    return probing;
  }

  return {
    get state() {
      return state;
    },
    async blame(error) {
      if (error.code === "aborted" || signal.aborted) return "server";
      if (DOUBTFUL.has(error.code)) {
        if (state.kind !== "open") return "server";
        const answer = await probeOnce().catch((thrown: unknown) => thrown);
        if (answer === undefined) return "file";
        closeOpen(isPilabError(answer) ? answer : error);
        return "server";
      }
      if (!REFUSALS.has(error.code) && !NOT_NOW.has(error.code)) return "file";
      closeOpen(error);
      return "server";
    },
    succeeded() {
      if (state.kind !== "open") return;
      failures = 0;
      if (state.trial) set({ kind: "open", trial: false });
    },
    hurry() {
      if (state.kind === "open") return;
      waitMs = 0;
      alarm.ring();
    },
    async run() {
      while (!signal.aborted) {
        if (state.kind === "open") {
          await alarm.sleep(Number.POSITIVE_INFINITY);
          continue;
        }
        const plannedMs = waitMs;
        if (plannedMs > 0) {
          waitMs = 0;
          await alarm.sleep(plannedMs);
          // Rung by a close that set another wait, or by hurry, which set none.
          if (waitMs > 0 || signal.aborted) continue;
        }
        const refusedBefore = state.kind === "refused";
        try {
          await probeOnce();
          set({ kind: "open", trial: refusedBefore });
        } catch (error) {
          if (signal.aborted) return;
          if (!isPilabError(error) || isFatal(error)) throw error;
          close(error);
        }
      }
    },
  };
}
