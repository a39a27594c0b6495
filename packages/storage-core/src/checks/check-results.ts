import { type CheckResultRow, checkResultRow, type Database } from "@pilab/schema";
import { z } from "zod";
import type { PilabContext } from "../context.ts";
import { dataOf, parsed } from "../supabase-error.ts";

type Insert = Database["public"]["Tables"]["check_results"]["Insert"];

/** What a check found. */
export interface CheckReport {
  readonly check: CheckResultRow["check_name"];
  /** The bucket; empty for the audit log. */
  readonly subjectId: string;
  /** False opens an alert, until a later check is ok. */
  readonly ok: boolean;
  /** How many were wrong. */
  readonly found: number;
  /** For people: what, where. At most 64 KB. */
  readonly detail: Record<string, unknown>;
}

/** The last result of each check. For viewers and more. */
export async function listCheckResults(ctx: PilabContext, signal?: AbortSignal): Promise<CheckResultRow[]> {
  const what = "reading the results of checks";
  return await ctx.call(
    { what },
    async (attempt) => {
      const call = ctx.supabase.from("check_results").select("*").order("check_name").order("subject_id");
      return parsed(z.array(checkResultRow), dataOf(await call.abortSignal(attempt.signal)), what);
    },
    { signal },
  );
}

/** Replaces what the check found last. With the service key only. */
export async function reportCheck(
  ctx: PilabContext,
  report: CheckReport,
  signal?: AbortSignal,
): Promise<void> {
  const { check, subjectId, ok, found, detail } = report;
  await ctx.call(
    { what: `reporting the ${check} of ${subjectId || "the audit log"}` },
    async (attempt) => {
      const checked_at = new Date(Date.now() + (ctx.clock.offsetMs() ?? 0)).toISOString();
      const row = { check_name: check, subject_id: subjectId, ok, found, detail, checked_at } as Insert;
      dataOf(await ctx.supabase.from("check_results").upsert(row).abortSignal(attempt.signal));
    },
    { signal },
  );
}
