import type { AuditRow } from "@pilab/schema";
import type { PilabContext } from "../context.ts";
import { dataOf } from "../supabase-error.ts";

/** Which entries of the audit log: those that all given fields allow. */
export interface AuditOptions {
  /** All that one job did. */
  readonly correlationId?: string | undefined;
  /** Who did it: the id of an account, or what a holder of the service key said. */
  readonly actor?: string | undefined;
  readonly deviceId?: string | undefined;
  /** Like `capture.restored`. */
  readonly action?: string | undefined;
  /** Like `capture`. */
  readonly objectType?: string | undefined;
  readonly objectId?: string | undefined;
  /** Written at or after. */
  readonly since?: Date | undefined;
  /** Written before. */
  readonly until?: Date | undefined;
  /** Entries older than this id: `next` of the page before. */
  readonly before?: number | undefined;
  /** Rows a page, 1 to 1000. Default 100. */
  readonly limit?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A page of the audit log, newest first. */
export interface AuditPage {
  readonly entries: AuditRow[];
  /** Pass it as `before` for the next page; null at the end. */
  readonly next: number | null;
}

const COLUMNS = {
  correlationId: "correlation_id",
  actor: "actor",
  deviceId: "device_id",
  action: "action",
  objectType: "object_type",
  objectId: "object_id",
} as const;

/** One page of the audit log. For operators, admins and the service key; others see none. */
export async function listAudit(ctx: PilabContext, options: AuditOptions = {}): Promise<AuditPage> {
  const { before, since, until, limit = 100, signal } = options;
  const size = Math.min(Math.max(1, limit), 1000);
  const entries = await ctx.call(
    { what: "reading the audit log" },
    async (attempt) => {
      let query = ctx.supabase.from("storage_audit_log").select("*");
      for (const [field, column] of Object.entries(COLUMNS)) {
        const value = options[field as keyof typeof COLUMNS];
        if (value !== undefined) query = query.eq(column, value);
      }
      if (since !== undefined) query = query.gte("created_at", since.toISOString());
      if (until !== undefined) query = query.lt("created_at", until.toISOString());
      if (before !== undefined) query = query.lt("id", before);
      const page = query.order("id", { ascending: false }).limit(size).abortSignal(attempt.signal);
      return dataOf(await page) as AuditRow[];
    },
    { signal },
  );
  return { entries, next: entries.length < size ? null : (entries.at(-1)?.id ?? null) };
}
