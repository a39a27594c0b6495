import { basename } from "node:path";
import { type ErrorCode, isPilabError } from "@pilab/schema";
import type { CaptureOptions, inspectCapture } from "@pilab/storage-core";
import type { FileIdentity, FinishedFile } from "../journal/types.ts";
import { readSidecar, type SidecarReading } from "../upload/sidecar.ts";
import { createAlarm } from "./alarm.ts";
import { identify, isSameVersion } from "./identity.ts";
import { judge, type Look, type SettlingTimes } from "./settling.ts";

/** What {@link createCandidates} works with. */
export interface CandidatesOptions extends SettlingTimes {
  /** Whether this version was taken in or given up before. */
  readonly knows: (file: FileIdentity) => boolean;
  /** A whole capture. `note`: what was wrong with its sidecar. Tried again when it throws. */
  readonly onFinished: (file: FinishedFile, note: string | undefined) => void | Promise<void>;
  /** No whole capture, and unchanged for `giveUpMs`. */
  readonly onUnfinished: (file: FileIdentity, reason: string) => void | Promise<void>;
  readonly onTrouble: (error: unknown, path: string) => void;
  /** After each look at one, and at least each half minute: for a watchdog. */
  readonly onJudged: () => void;
  readonly inspect: typeof inspectCapture;
  readonly monotonic: () => number;
  readonly signal: AbortSignal;
}

/** The files that were seen and are not yet judged. */
export interface Candidates {
  /** Looks at what lies under a path now, and keeps an eye on it when it is a version not known yet: true. */
  consider(path: string): Promise<boolean>;
  /** Something happened under a path. Whether it is news, as `consider` tells. */
  touch(path: string): Promise<boolean>;
  /** Resolves when another file may be considered: the candidates of a scan are held in memory. */
  room(onWait: () => void): Promise<void>;
  /** Judges candidates as they fall due, until the signal is aborted. */
  run(): Promise<void>;
}

interface Candidate {
  file: FileIdentity;
  /** When this version was first seen; monotonic. */
  sinceMs: number;
  dueMs: number;
  /** It was found to be whole, so that waiting for a sidecar reads it no second time. */
  isWhole: boolean;
  /** Something happened since the last look began. */
  touched: boolean;
}

const MAX_CANDIDATES = 1000;
const SIGN_OF_LIFE_MS = 30_000;

const FAULTS: ReadonlySet<ErrorCode> = new Set([
  "file_empty",
  "file_truncated",
  "not_a_capture",
  "file_unreadable",
]);

/** Holds each new file until it is finished: unchanged for a while, and whole. */
export function createCandidates(options: CandidatesOptions): Candidates {
  const { knows, onFinished, onUnfinished, onTrouble, onJudged, monotonic, settleMs, signal } = options;
  const candidates = new Map<string, Candidate>();
  const work = createAlarm(signal);
  const left = createAlarm(signal);

  function watch(file: FileIdentity): void {
    const now = monotonic();
    const fresh = { file, sinceMs: now, dueMs: now + settleMs, isWhole: false, touched: false };
    candidates.set(file.path, fresh);
    work.ring();
  }

  function drop(path: string): void {
    candidates.delete(path);
    left.ring();
  }

  /** Something happened to a candidate: what was to be looked at much later is looked at when it has settled. */
  function hasten(candidate: Candidate): void {
    candidate.touched = true;
    candidate.dueMs = Math.min(candidate.dueMs, monotonic() + settleMs);
    work.ring();
  }

  async function consider(path: string): Promise<boolean> {
    const candidate = candidates.get(path);
    if (candidate !== undefined) {
      hasten(candidate);
      return false;
    }
    const file = await identify(path);
    if (file === undefined || candidates.has(path) || knows(file)) return false;
    watch(file);
    return true;
  }

  /** Judges one candidate. Whatever it did not live to see unchanged from beginning to end, it looks at again. */
  async function judgeOne(candidate: Candidate): Promise<void> {
    const { path } = candidate.file;
    candidate.touched = false;
    const file = await identify(path);
    if (file === undefined || knows(file)) return drop(path);
    if (!isSameVersion(file, candidate.file)) return watch(file);

    const fault = candidate.isWhole ? undefined : await faultOf(file, options);
    candidate.isWhole = fault === undefined;
    const reading = fault === undefined ? await readSidecar(path) : NO_SIDECAR;
    const now = monotonic();
    const look: Look = { quietMs: now - candidate.sinceMs, fault, sidecar: presence(reading) };
    const step = judge(look, options);
    if (step.kind === "look_again") {
      // What happened during the look asked for an earlier one: this must not put it off.
      candidate.dueMs = now + (candidate.touched ? Math.min(step.inMs, settleMs) : step.inMs);
      return;
    }
    const after = await identify(path);
    if (candidate.touched || after === undefined || !isSameVersion(after, file)) {
      candidate.dueMs = now;
      return;
    }
    if (step.kind === "give_up") await onUnfinished(file, step.reason);
    else await onFinished({ ...file, options: optionsOf(reading) }, reading.note);
    drop(path);
    if (candidate.touched) await consider(path);
  }

  return {
    consider,
    touch: (path) =>
      consider(path).catch((error: unknown) => {
        onTrouble(error, path);
        return false;
      }),
    async room(onWait) {
      while (candidates.size >= MAX_CANDIDATES && !signal.aborted) {
        onWait();
        await left.sleep(SIGN_OF_LIFE_MS);
      }
    },
    async run() {
      while (!signal.aborted) {
        let nextMs = monotonic() + SIGN_OF_LIFE_MS;
        onJudged();
        for (const candidate of [...candidates.values()]) {
          if (candidate.dueMs <= monotonic()) {
            await judgeOne(candidate).catch((error: unknown) => {
              if (signal.aborted) return;
              onTrouble(error, candidate.file.path);
              candidate.dueMs = monotonic() + settleMs;
            });
            onJudged();
          }
          if (signal.aborted) return;
        }
        for (const { dueMs } of candidates.values()) nextMs = Math.min(nextMs, dueMs);
        await work.sleep(Math.max(0, nextMs - monotonic()));
      }
    },
  };
}

/** Why a file is no whole capture; undefined when it is one. Its structure only: no pixel is decoded. */
async function faultOf(
  { path, sizeBytes }: FileIdentity,
  { inspect, signal }: CandidatesOptions,
): Promise<string | undefined> {
  try {
    const fileName = basename(path);
    await inspect({ path, sizeBytes }, { fileName, measures: false, thumbnail: false, signal });
    return undefined;
  } catch (error) {
    if (isPilabError(error) && FAULTS.has(error.code)) return error.message;
    throw error;
  }
}

const NO_SIDECAR: SidecarReading = { sidecar: {} };

function presence({ sidecar, note }: SidecarReading): Look["sidecar"] {
  if (note !== undefined) return "unreadable";
  // One that is there names all its fields, with undefined for what it does not say.
  return Object.keys(sidecar).length === 0 ? "absent" : "present";
}

/** As `upload` passes them on. Undefined when there is nothing to say. */
function optionsOf({ sidecar }: SidecarReading): CaptureOptions | undefined {
  const { capturedAt: sidecarCapturedAt, ...rest } = sidecar;
  const said = Object.entries({ ...rest, sidecarCapturedAt }).filter(([, value]) => value !== undefined);
  return said.length === 0 ? undefined : Object.fromEntries(said);
}
