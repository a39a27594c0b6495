import { randomUUID } from "node:crypto";
import type { UploadItem, UploadOutcome, UploadSummary } from "@pilab/storage-core";
import type { DeviceClient } from "@pilab/storage-core/device";
import { type ConnectionFlags, type ConnectOptions, connect } from "../connection.ts";
import { capturesUnder } from "../intake/walk.ts";
import { createAccount, exitCodeOf } from "../upload/account.ts";
import { createBarReporter } from "../upload/bar-reporter.ts";
import { createJsonReporter, createPlainReporter, type Output, type Reporter } from "../upload/reporter.ts";
import { readSidecar } from "../upload/sidecar.ts";

const REPORT_WITHIN_MS = 5000;

/** The options of `pilab-uploader upload`. */
export interface UploadFlags extends ConnectionFlags {
  series?: string;
  shotType?: string;
  /** Files under way at once. */
  concurrency?: number;
  dryRun?: boolean;
  json?: boolean;
}

/** What the command works with besides its arguments. */
export interface UploadContext extends ConnectOptions {
  output: Output;
  /** Whether a progress bar can be drawn. */
  isTerminal: boolean;
  /** Ctrl-C. */
  signal: AbortSignal;
}

/**
 * Uploads files and folders: scan, ask, upload, verify, catalogue, report. Moves and frees nothing. Gives the exit code;
 * throws where the run as a whole cannot go on.
 */
export async function runUpload(
  paths: readonly string[],
  flags: UploadFlags,
  context: UploadContext,
): Promise<number> {
  const { output, signal } = context;
  const { client, description } = await connect(flags, context);
  const account = createAccount();
  const notes = new Map<string, string>();
  const { dryRun = false } = flags;
  if (!flags.json) output.err(`${dryRun ? "Dry run, nothing is sent: " : "Uploading to "}${description}\n`);
  const files = capturesUnder(paths, {
    onIgnored: account.addIgnored,
    onUnreadable: (path, error) => account.addUnreadable(path, `cannot be read: ${error.message}`),
  });
  const run = client.captures.uploadMany(withSidecars(files, notes), { ...optionsOf(flags), signal });
  const reporter = createReporter(flags, context);
  const counting = reporter.total ? countFiles(paths, reporter.total, signal) : undefined;
  try {
    for await (const outcome of run) {
      account.add(outcome);
      reporter.file(withNote(outcome, notes));
    }
    if (!dryRun)
      await reportTotals(client, run.summary(), flags.device).catch((error) =>
        context.warn(notReported(error)),
      );
  } catch (error) {
    reporter.stop?.();
    throw error;
  } finally {
    counting?.stop();
    await client.close();
  }
  const summary = run.summary();
  reporter.end(summary, account);
  return exitCodeOf(summary, account);
}

/** For the server's statistics: one report, since a command has no journal. */
async function reportTotals(
  client: DeviceClient,
  { counts, uploadedBytes }: UploadSummary,
  device?: string,
): Promise<void> {
  const { uploaded: ok, failed, duplicate, repeated } = counts;
  const totals = { ok, failed, duplicate: duplicate + repeated, bytes: uploadedBytes };
  if (ok + totals.failed + totals.duplicate === 0) return;
  const signal = AbortSignal.timeout(REPORT_WITHIN_MS);
  await client.captures.reportUploads({ journalId: randomUUID(), seq: 1, totals, device, signal });
}

function notReported(error: unknown): string {
  return `the server's statistics do not know of this run: ${error instanceof Error ? error.message : String(error)}`;
}

function optionsOf({ series, shotType, device, concurrency, dryRun }: UploadFlags) {
  return { series, shotType, device, concurrency, dryRun };
}

function createReporter(flags: UploadFlags, { output, isTerminal }: UploadContext): Reporter {
  if (flags.json) return createJsonReporter(output, flags);
  return isTerminal ? createBarReporter(output, flags) : createPlainReporter(output, flags);
}

/** Each file with what its sidecar says. Notes wait until the file's outcome is told: a few hundred at most. */
async function* withSidecars(
  files: AsyncIterable<string>,
  notes: Map<string, string>,
): AsyncGenerator<UploadItem> {
  for await (const source of files) {
    const { sidecar, note } = await readSidecar(source);
    if (note !== undefined) notes.set(source, note);
    const { capturedAt: sidecarCapturedAt, ...rest } = sidecar;
    yield { source, sidecarCapturedAt, ...withoutUndefined(rest) };
  }
}

/** An item's own undefined would hide what the command line says. */
function withoutUndefined<T extends object>(values: T): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;
}

function withNote(outcome: UploadOutcome, notes: Map<string, string>): UploadOutcome {
  const note = notes.get(outcome.file);
  notes.delete(outcome.file);
  return note === undefined ? outcome : { ...outcome, notes: [...outcome.notes, note] };
}

/** Counts ahead of the upload, so that the bar knows its end. What the count meets is the upload's to report. */
function countFiles(
  paths: readonly string[],
  onTotal: (files: number) => void,
  signal: AbortSignal,
): { stop(): void } {
  let files = 0;
  let stopped = false;
  const count = async () => {
    for await (const _ of capturesUnder(paths)) {
      if (stopped || signal.aborted) return;
      files += 1;
      if (files % 100 === 1) onTotal(files);
    }
    onTotal(files);
  };
  count().catch(() => {});
  return {
    stop() {
      stopped = true;
    },
  };
}
