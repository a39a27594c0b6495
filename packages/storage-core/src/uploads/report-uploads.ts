import type { UploadTotals } from "@pilab/schema";
import type { PilabContext } from "../context.ts";
import { resolveDevice } from "../devices/resolve-device.ts";

/** How uploads went, as a journal or a single command counts them. */
export interface UploadReport {
  /** Of the journal; a command without one makes a new UUID for each run. */
  readonly journalId: string;
  /** Rises with each report of the journal; a report that was added already changes nothing. */
  readonly seq: number;
  /** Since the journal began, never falling. */
  readonly totals: UploadTotals;
  /** Slug or id; needed with the service key, and only useful there. */
  readonly device?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Adds a journal's growth since its last report to the statistics. False: the server had this report before. */
export async function reportUploads(ctx: PilabContext, report: UploadReport): Promise<boolean> {
  const { journalId, seq, totals, signal } = report;
  const forDeviceId =
    ctx.session.kind === "service" ? (await resolveDevice(ctx, report.device, signal)).id : undefined;
  return await ctx.call(
    { what: "reporting how uploads went" },
    async (attempt) => {
      const args = {
        journal_id: journalId,
        seq,
        totals,
        ...(forDeviceId !== undefined && { for_device_id: forDeviceId }),
      };
      return (await ctx.rest.rpc("report_uploads", args, attempt.signal)) as boolean;
    },
    { signal },
  );
}
