import type { Worker } from "../open-worker.ts";
import type { Job } from "../serve/job.ts";
import { keepHead } from "./keep-head.ts";
import { verifyAudit } from "./verify-and-report.ts";

const SEAL_EVERY_MS = 5 * 60_000;

/**
 * Seals the audit log and keeps the head outside the database: in AUDIT_HEAD_FILE, and in the worker's log, which on most
 * machines is another's to write.
 */
export function sealJob(worker: Worker): Job {
  return {
    name: "audit seal",
    every: SEAL_EVERY_MS,
    async run(signal) {
      const { seals, rows, head } = await worker.client.audit.seal(signal);
      if (!head) return;
      const isNew = await keepHead(worker.environment.auditHeadFile, head);
      if (seals > 0 || isNew) worker.logger.info({ audit_head: head, rows }, "audit log sealed");
    },
  };
}

/** Verifies all of the audit log once a day, against AUDIT_HEAD_FILE. */
export function verifyJob(worker: Worker): Job {
  return {
    name: "audit verify",
    every: "17 3 * * *",
    async run(signal) {
      const { ok, database_agrees, anchored, broken } = await verifyAudit(worker, signal);
      if (ok && database_agrees !== false) worker.logger.info({ anchored }, "audit log verified");
      else worker.logger.error({ broken, database_agrees }, "the audit log was tampered with");
    },
  };
}
