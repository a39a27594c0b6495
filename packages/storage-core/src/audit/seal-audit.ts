import { type AuditHead, auditSealRow } from "@pilab/schema";
import { z } from "zod";
import type { PilabContext } from "../context.ts";
import { dataOf, parsed } from "../supabase-error.ts";
import { headSeal } from "./read-chain.ts";

/** What sealing came to. */
export interface Sealed {
  readonly seals: number;
  readonly rows: number;
  /** The head after it, to be kept outside the database; null: the log is empty. */
  readonly head: AuditHead | null;
}

/** Seals all that is in the audit log. With the service key only. */
export async function sealAudit(ctx: PilabContext, signal?: AbortSignal): Promise<Sealed> {
  let [seals, rows] = [0, 0];
  for (;;) {
    const made = await sealOnce(ctx, signal);
    if (made.length === 0) break;
    seals += 1;
    rows += made[0]?.row_count ?? 0;
  }
  return { seals, rows, head: await auditHeadNow(ctx, signal) };
}

/** The head of the chain as the database has it now. */
export async function auditHeadNow(ctx: PilabContext, signal?: AbortSignal): Promise<AuditHead | null> {
  const seal = await headSeal(ctx, signal);
  if (!seal) return null;
  const { id, last_id, digest, created_at } = seal;
  return { id, last_id, digest, created_at };
}

async function sealOnce(ctx: PilabContext, signal: AbortSignal | undefined) {
  const what = "sealing the audit log";
  return await ctx.call(
    { what },
    async (attempt) => {
      const call = ctx.supabase.rpc("seal_audit_log", {});
      return parsed(z.array(auditSealRow).max(1), dataOf(await call.abortSignal(attempt.signal)), what);
    },
    { signal },
  );
}
