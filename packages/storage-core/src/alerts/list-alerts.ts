import { type ALERT_STATES, type AlertRow, alertRow } from "@pilab/schema";
import { z } from "zod";
import type { PilabContext } from "../context.ts";
import { dataOf, parsed } from "../supabase-error.ts";

/** Settings of {@link listAlerts}; all given conditions hold. */
export interface AlertsOptions {
  /** `unresolved`: open and acknowledged ones. Default: all. */
  readonly state?: (typeof ALERT_STATES)[number] | "unresolved" | undefined;
  readonly ruleKey?: string | undefined;
  /** About one device, bucket or channel. */
  readonly subjectId?: string | undefined;
  /** Rows a page, 1 to 1000. Default 100. */
  readonly limit?: number | undefined;
  /** `next` of the page before. */
  readonly after?: AlertCursor | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Where the next page begins. */
export interface AlertCursor {
  readonly openedAt: string;
  readonly id: string;
}

/** A page of alerts, the newest first. */
export interface AlertPage {
  readonly alerts: AlertRow[];
  /** Pass it as `after` for the next page; null at the end. */
  readonly next: AlertCursor | null;
}

/** One page of alerts. For viewers and more; others see none. */
export async function listAlerts(ctx: PilabContext, options: AlertsOptions = {}): Promise<AlertPage> {
  const { state, ruleKey, subjectId, limit = 100, after, signal } = options;
  const size = Math.min(Math.max(1, limit), 1000);
  const what = "listing alerts";
  const alerts = await ctx.call(
    { what },
    async (attempt) => {
      let query = ctx.supabase.from("alerts").select("*");
      if (state === "unresolved") query = query.neq("state", "resolved");
      else if (state !== undefined) query = query.eq("state", state);
      if (ruleKey !== undefined) query = query.eq("rule_key", ruleKey);
      if (subjectId !== undefined) query = query.eq("subject_id", subjectId);
      if (after !== undefined) {
        query = query
          .lte("opened_at", after.openedAt)
          .or(`opened_at.lt.${after.openedAt},and(opened_at.eq.${after.openedAt},id.lt.${after.id})`);
      }
      const page = query.order("opened_at", { ascending: false }).order("id", { ascending: false });
      return parsed(z.array(alertRow), dataOf(await page.limit(size).abortSignal(attempt.signal)), what);
    },
    { signal },
  );
  const last = alerts.at(-1);
  return {
    alerts,
    next: alerts.length < size || !last ? null : { openedAt: last.opened_at, id: last.id },
  };
}
