import {
  type Database,
  type RetentionRunRow,
  type RunCounts,
  retentionRunRow,
  runCounts,
} from "@pilab/schema";
import { z } from "zod";
import type { PilabContext } from "../context.ts";
import { dataOf, parsed } from "../supabase-error.ts";

type Table = Database["public"]["Tables"]["retention_runs"];

/** Which runs, newest first. */
export interface RunsOptions {
  /** Default: every bucket. */
  readonly bucket?: string | undefined;
  readonly states?: readonly RetentionRunRow["state"][] | undefined;
  /** The plan that was made or executed. */
  readonly digest?: string | undefined;
  /** Rows a page, 1 to 1000. Default 50. */
  readonly limit?: number | undefined;
  /** `next` of the page before. */
  readonly after?: RunCursor | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Where a page of runs begins. */
export interface RunCursor {
  readonly createdAt: string;
  readonly id: string;
}

/** A page of runs. */
export interface RunPage {
  readonly runs: RetentionRunRow[];
  /** Null at the end. */
  readonly next: RunCursor | null;
}

/** One page of retention runs. For viewers and more. */
export async function listRuns(ctx: PilabContext, options: RunsOptions = {}): Promise<RunPage> {
  const { bucket, states, digest, limit = 50, after, signal } = options;
  const size = Math.min(Math.max(1, limit), 1000);
  const what = "listing retention runs";
  const runs = await ctx.call(
    { what },
    async (attempt) => {
      let query = ctx.supabase.from("retention_runs").select("*");
      if (bucket !== undefined) query = query.eq("bucket_id", bucket);
      if (states !== undefined) query = query.in("state", [...states]);
      if (digest !== undefined) query = query.eq("plan->>digest", digest);
      if (after !== undefined) {
        const { createdAt, id } = after;
        query = query
          .lte("created_at", createdAt)
          .or(`created_at.lt.${createdAt},and(created_at.eq.${createdAt},id.lt.${id})`);
      }
      const ordered = query.order("created_at", { ascending: false }).order("id", { ascending: false });
      return parsed(
        z.array(retentionRunRow),
        dataOf(await ordered.limit(size).abortSignal(attempt.signal)),
        what,
      );
    },
    { signal },
  );
  const last = runs.at(-1);
  return { runs, next: runs.length < size || !last ? null : { createdAt: last.created_at, id: last.id } };
}

/** A run by id. Throws `not_found`. */
export async function getRun(ctx: PilabContext, id: string, signal?: AbortSignal): Promise<RetentionRunRow> {
  const what = `reading retention run ${id}`;
  return await ctx.call(
    { what },
    async (attempt) => {
      const call = ctx.supabase.from("retention_runs").select("*").eq("id", id);
      return parsed(retentionRunRow, dataOf(await call.abortSignal(attempt.signal).single()), what);
    },
    { signal },
  );
}

/** What the worker writes of a run when it begins one. */
export type NewRun = Pick<RetentionRunRow, "id" | "bucket_id" | "dry_run" | "worker">;

/** What the worker writes of a run as it goes. */
export type RunChange = Partial<
  Pick<
    RetentionRunRow,
    | "state"
    | "plan"
    | "planned_files"
    | "planned_bytes"
    | "trashed_files"
    | "trashed_bytes"
    | "purged_files"
    | "purged_bytes"
    | "failed_files"
    | "errors"
    | "cursor"
    | "worker"
    | "confirmed_by"
    | "started_at"
    | "finished_at"
  >
>;

/** Begins a run; its `created_at` is the server's time, from which the plan counts ages. With the service key only. */
export async function createRun(ctx: PilabContext, run: NewRun): Promise<RetentionRunRow> {
  const what = "beginning a retention run";
  return await ctx.call({ what }, async ({ signal }) => {
    // The caller chose the id: an insert whose answer was lost is there already, and is the same.
    const insert = ctx.supabase.from("retention_runs").upsert(run, { ignoreDuplicates: true });
    dataOf(await insert.abortSignal(signal));
    const read = ctx.supabase.from("retention_runs").select("*").eq("id", run.id);
    return parsed(retentionRunRow, dataOf(await read.abortSignal(signal).single()), what);
  });
}

/** Writes how far a run has come. With the service key only. */
export async function updateRun(
  ctx: PilabContext,
  id: string,
  change: RunChange,
  signal?: AbortSignal,
): Promise<void> {
  await ctx.call(
    { what: `writing retention run ${id}` },
    async (attempt) => {
      const call = ctx.supabase
        .from("retention_runs")
        .update(change as Table["Update"])
        .eq("id", id);
      dataOf(await call.abortSignal(attempt.signal));
    },
    { signal },
  );
}

/** What a run has moved to the trash and purged so far, by the audit log. With the service key only. */
export async function countRun(ctx: PilabContext, id: string): Promise<RunCounts> {
  const what = `counting what retention run ${id} did`;
  return await ctx.call({ what }, async ({ signal }) => {
    const call = ctx.supabase.rpc("retention_run_counts", { run_id: id });
    const [counts] = parsed(z.tuple([runCounts]), dataOf(await call.abortSignal(signal)), what);
    return counts;
  });
}
