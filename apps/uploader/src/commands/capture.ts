import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { runtimeFolder } from "../agent/status-file.ts";
import {
  type CaptureEvent,
  type CaptureState,
  captureStatePath,
  runCaptureLoop,
  writeCaptureState,
} from "../capture/index.ts";
import { createNotifier, createProgress, runWatchdog } from "../systemd/index.ts";
import { durationText } from "../upload/words.ts";
import type { CommandContext } from "./command-context.ts";
import { type StateFlags, stateFolderOf } from "./open-state.ts";

/** Options of `capture`. */
export interface CaptureFlags extends StateFlags {
  /** Seconds. */
  interval: number;
  supabase?: boolean;
  into?: string;
  extension?: string;
  /** Seconds. */
  timeout?: number;
}

/** The camera loop: takes pictures until it is told to end. */
export async function runCapture(
  camera: readonly string[],
  flags: CaptureFlags,
  { source, output, signal }: CommandContext,
): Promise<number> {
  const { supabase: uploads = false, extension, timeout } = flags;
  const stateFolder = stateFolderOf(flags, source);
  const folder = resolve(flags.into ?? join(stateFolder, uploads ? "spool" : "captures"));
  const intervalMs = flags.interval * 1000;
  await mkdir(stateFolder, { recursive: true });
  const statePath = captureStatePath(source, stateFolder);
  const notifier = createNotifier({ env: source });
  output.out(
    `A picture each ${durationText(intervalMs)} into ${folder}${uploads ? ", for the agent to upload" : ". Nothing is uploaded: that wants --supabase"}\n`,
  );
  // A picture has its own timeout; the loop itself has nothing to hang on.
  const alive = new AbortController();
  const watchdog = runWatchdog({
    notifier,
    env: source,
    stuck: createProgress().stuck,
    signal: alive.signal,
  });
  let last: CaptureState | undefined;
  try {
    await runCaptureLoop({
      command: camera,
      intervalMs,
      folder,
      uploads,
      extension,
      timeoutMs: timeout === undefined ? undefined : timeout * 1000,
      brakePath: join(runtimeFolder({}, stateFolder), "capture-brake"),
      signal,
      onState: (state, event) => {
        tell(event, last, output.err);
        last = state;
        notifier.setStatus(statusOf(state));
        if (event.kind === "started") void notifier.ready(statusOf(state));
        if (event.kind === "stopped") void notifier.stopping("ended");
        void writeCaptureState(statePath, state).catch(() => {}); // `status` tells less then, and pictures go on
      },
    });
    return 0;
  } finally {
    alive.abort();
    await watchdog;
  }
}

function statusOf({ taken, failed, held, heldBecause, lastError, uploads }: CaptureState): string {
  const trouble = heldBecause ?? lastError;
  const counts = `${taken} taken, ${failed} failed, ${held} held back`;
  return `${counts}${uploads ? "" : ", nothing is uploaded"}${trouble === null ? "" : `: ${trouble}`}`;
}

/** Only what is news: a picture a minute fills a log. */
function tell(event: CaptureEvent, before: CaptureState | undefined, err: (text: string) => void): void {
  if (event.kind === "failed") {
    err(`The picture failed: ${event.error instanceof Error ? event.error.message : String(event.error)}\n`);
  } else if (event.kind === "held" && before?.heldBecause !== event.because) {
    err(`No pictures for now: ${event.because}\n`);
  } else if (
    event.kind === "taken" &&
    before !== undefined &&
    (before.heldBecause ?? before.lastError) !== null
  ) {
    err("Pictures are taken again.\n");
  } else if (event.kind === "started" && event.recovered.length > 0) {
    err(`Found whole from before: ${event.recovered.join(", ")}\n`);
  }
}
