import { type UploadStep, uploadStep } from "@pilab/schema";
import type { PilabContext } from "../context.ts";
import { dataOf, parsed } from "../supabase-error.ts";

/** Settings of {@link uploadStats}. */
export interface UploadStatsOptions {
  /** At most 62 days ago by the hour, ten years by the day. */
  readonly since: Date;
  /** Default: now. */
  readonly until?: Date | undefined;
  /** Default `hour`. */
  readonly by?: "hour" | "day" | undefined;
  /** A device's id. Default: all devices together. */
  readonly device?: string | undefined;
  /** IANA zone of the days. Default UTC. */
  readonly timeZone?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How uploads went in each hour or day, oldest first, those without uploads too. */
export async function uploadStats(ctx: PilabContext, options: UploadStatsOptions): Promise<UploadStep[]> {
  const { since, until, by = "hour", device, timeZone, signal } = options;
  const what = "reading how uploads went";
  return await ctx.call(
    { what },
    async (attempt) => {
      const call = ctx.supabase.rpc("upload_stats", {
        since: since.toISOString(),
        step: by,
        ...(until !== undefined && { until: until.toISOString() }),
        ...(device !== undefined && { for_device_id: device }),
        ...(timeZone !== undefined && { time_zone: timeZone }),
      });
      return parsed(uploadStep.array(), dataOf(await call.abortSignal(attempt.signal)), what);
    },
    { signal },
  );
}

/** The share of uploads that came through, 0 to 1; null when there were none. Duplicates were not uploaded. */
export function successRate(steps: Iterable<Pick<UploadStep, "ok" | "failed">>): number | null {
  let ok = 0;
  let failed = 0;
  for (const step of steps) {
    ok += step.ok;
    failed += step.failed;
  }
  return ok + failed === 0 ? null : ok / (ok + failed);
}
