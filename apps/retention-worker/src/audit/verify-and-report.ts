import type { AuditHead, AuditReport } from "@pilab/schema";
import type { Worker } from "../open-worker.ts";
import { readHeads } from "./head-file.ts";

/** Verifies the whole log against heads kept outside, and tells the alerts what came of it. */
export async function verifyAndReport(
  { client }: Worker,
  heads: readonly AuditHead[],
  signal: AbortSignal,
): Promise<AuditReport> {
  const report = await client.audit.verify({ heads, signal });
  const { seals, rows, anchored, self_consistent, unsealed, broken, database_agrees } = report;
  await client.checks.report(
    {
      check: "audit_chain",
      subjectId: "",
      ok: report.ok && database_agrees !== false,
      found: report.broken_total,
      detail: {
        seals,
        rows,
        anchored,
        self_consistent,
        unsealed,
        broken: broken.slice(0, 10),
        database_agrees,
      },
    },
    signal,
  );
  return report;
}

/** What the request `verify` is answered with: against the heads of the worker's own AUDIT_HEAD_FILE. */
export async function verifyAudit(worker: Worker, signal: AbortSignal): Promise<AuditReport> {
  const { auditHeadFile } = worker.environment;
  const heads = auditHeadFile === undefined ? [] : await readHeads(auditHeadFile, "none");
  return await verifyAndReport(worker, heads, signal);
}
