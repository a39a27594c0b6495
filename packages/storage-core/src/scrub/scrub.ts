import { capturesToCheck, type RecordedChecks } from "@pilab/schema";
import { reportCheck } from "../checks/check-results.ts";
import type { PilabContext } from "../context.ts";
import { dataOf, parsed } from "../supabase-error.ts";
import { readBack } from "./read-back.ts";
import { type Check, faultyCaptures, recordChecks } from "./record-checks.ts";

/** Settings of {@link scrub}. */
export interface ScrubOptions {
  /** Default: the client's. */
  readonly bucket?: string | undefined;
  /** How much of the bucket's captures a day, above 0 to 1. Default 0.01. */
  readonly sample?: number | undefined;
  /** At most so many bytes a day: egress costs money. Default 1 GiB. */
  readonly maxBytes?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told each capture that is not as it should be. */
  readonly onFault?: ((fault: Check) => void) | undefined;
}

/** What a scrub read back, and how it found it. */
export interface ScrubReport extends RecordedChecks {
  readonly bucket: string;
  /** A round through the whole bucket came to its end. */
  readonly roundEnded: boolean;
  /** Captures that are wrong now, found by whichever run; at most 1000. */
  readonly faulty: number;
}

// What a kill costs: a page is read again.
const PAGE = 50;

/**
 * Reads back what was checked longest ago, as far as today's share allows, and records what it found; goes on where the last
 * run stopped. With the service key only.
 */
export async function scrub(ctx: PilabContext, options: ScrubOptions = {}): Promise<ScrubReport> {
  const { bucket = ctx.bucket, sample = 0.01, maxBytes = 1024 ** 3, signal, onFault } = options;
  const total = { ok: 0, mismatch: 0, missing: 0, unreadable: 0, bytes: 0 };
  const add = (recorded: RecordedChecks) => {
    for (const key of Object.keys(total) as (keyof typeof total)[]) total[key] += recorded[key];
  };
  let roundEnded = false;
  for (let page = 0; ; page++) {
    signal?.throwIfAborted();
    const next = await toCheck(ctx, { bucket, sample, maxBytes, signal });
    const look = async (captures: typeof next.captures, through?: "end" | (typeof captures)[number]) => {
      const checks = await readBack(ctx, bucket, { captures, signal });
      for (const check of checks) if (check.outcome !== "ok") onFault?.(check);
      add(await recordChecks(ctx, bucket, { checks, through, signal }));
    };
    if (page === 0 && next.faulty.length > 0) await look(next.faulty);
    if (next.captures.length > 0) await look(next.captures, next.captures.at(-1));
    else if (next.round_ends && !roundEnded) {
      roundEnded = true;
      await look([], "end");
    } else break;
  }
  return { bucket, ...total, roundEnded, faulty: await reportFaulty(ctx, bucket, signal) };
}

/** Tells the alerts how many captures of a bucket are wrong. */
export async function reportFaulty(
  ctx: PilabContext,
  bucket: string,
  signal: AbortSignal | undefined,
): Promise<number> {
  const faulty = await faultyCaptures(ctx, { bucket, limit: 1000, signal });
  const counts = Object.groupBy(faulty, ({ outcome }) => outcome);
  const detail = {
    ...Object.fromEntries(Object.entries(counts).map(([outcome, rows]) => [outcome, rows.length])),
    examples: faulty.slice(0, 10).map(({ object_path, outcome }) => ({ object_path, outcome })),
  };
  const found = faulty.length;
  await reportCheck(ctx, { check: "scrub", subjectId: bucket, ok: found === 0, found, detail }, signal);
  return found;
}

async function toCheck(
  ctx: PilabContext,
  {
    bucket,
    sample,
    maxBytes,
    signal,
  }: { bucket: string; sample: number; maxBytes: number; signal: AbortSignal | undefined },
) {
  const what = `asking what to check in ${bucket}`;
  return await ctx.call(
    { what },
    async (attempt) => {
      const call = ctx.supabase.rpc("captures_to_check", {
        ...{ bucket_id: bucket, sample, max_bytes: maxBytes, max_rows: PAGE },
      });
      return parsed(capturesToCheck, dataOf(await call.abortSignal(attempt.signal)), what);
    },
    { signal },
  );
}
