import { createCadence } from "../health/index.ts";
import type { Journal } from "../journal/journal.ts";
import type { Settled } from "./settle-outcome.ts";

/** What happened lately, as far as somebody asks for it. */
export interface Vitals {
  /** A file is being brought to the server; gives back its end. */
  begin(): () => void;
  settled(what: Settled): void;
  quarantined(reason: string): void;
  /** A capture was taken in; its file's time. */
  tookIn(mtimeMs: number): void;
  readonly lastUploadAt: string | undefined;
  readonly lastQuarantineReason: string | undefined;
  /** A file that failed by itself, until another succeeds. */
  readonly lastFailure: string | undefined;
  /** Bytes a second while something was under way, since the last call; null when nothing was. */
  takeUplinkRate(): number | null;
  /** The usual time between captures: set, or learned; null before it is known. */
  intervalMs(): number | null;
  /** For how long no capture came, when that is too long. */
  gapMs(nowMs: number): number | null;
  /** What somebody set, in seconds; null: it is learned. */
  expect(intervalS: number | null): void;
  /** Keeps what a restart shall not forget. */
  save(): void;
}

/** Begins with what the journal noted of a process before this one. */
export function createVitals(
  journal: Pick<Journal, "note" | "noted">,
  monotonic: () => number = () => performance.now(),
): Vitals {
  const saved = { lastUploadAt: journal.noted("last_upload_at"), reason: journal.noted("last_quarantine") };
  let lastUploadAt = saved.lastUploadAt;
  let lastQuarantineReason = saved.reason;
  let lastFailure: string | undefined;
  let underWay = 0;
  let busySinceMs = 0;
  let busyMs = 0;
  let bytes = 0;
  let savedCadence = journal.noted("cadence");
  const cadence = createCadence({ kept: JSON.parse(savedCadence ?? "null") ?? undefined, monotonic });
  return {
    begin() {
      if (underWay === 0) busySinceMs = monotonic();
      underWay += 1;
      return () => {
        underWay -= 1;
        if (underWay === 0) busyMs += monotonic() - busySinceMs;
      };
    },
    settled({ as, outcome }) {
      if (as === "stored") {
        lastUploadAt = new Date().toISOString();
        lastFailure = undefined;
        if (outcome.outcome === "uploaded") bytes += outcome.sizeBytes;
      } else if (as === "quarantined") lastQuarantineReason = outcome.reason;
      else if (as === "failed") lastFailure = `${outcome.file}: ${outcome.reason}`;
    },
    quarantined(reason) {
      lastQuarantineReason = reason;
    },
    tookIn: (mtimeMs) => cadence.add(mtimeMs, Date.now()),
    get lastUploadAt() {
      return lastUploadAt;
    },
    get lastQuarantineReason() {
      return lastQuarantineReason;
    },
    get lastFailure() {
      return lastFailure;
    },
    takeUplinkRate() {
      const nowMs = monotonic();
      const spentMs = busyMs + (underWay > 0 ? nowMs - busySinceMs : 0);
      const rate = spentMs > 0 && bytes > 0 ? Math.round((bytes * 1000) / spentMs) : null;
      [busySinceMs, busyMs, bytes] = [nowMs, 0, 0];
      return rate;
    },
    intervalMs: () => cadence.intervalMs(),
    gapMs: (nowMs) => cadence.gapMs(nowMs),
    expect: (intervalS) => cadence.expect(intervalS === null ? null : intervalS * 1000),
    save() {
      if (lastUploadAt !== saved.lastUploadAt) journal.note("last_upload_at", lastUploadAt);
      if (lastQuarantineReason !== saved.reason) journal.note("last_quarantine", lastQuarantineReason);
      const keptCadence = JSON.stringify(cadence.kept);
      if (keptCadence !== savedCadence) journal.note("cadence", keptCadence);
      savedCadence = keptCadence;
      saved.lastUploadAt = lastUploadAt;
      saved.reason = lastQuarantineReason;
    },
  };
}
