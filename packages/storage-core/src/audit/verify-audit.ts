import {
  type AuditHead,
  type AuditReport,
  type AuditVerification,
  auditHead,
  auditSealRow,
  auditVerification,
  PilabError,
} from "@pilab/schema";
import type { PilabContext } from "../context.ts";
import { dataOf, parsed } from "../supabase-error.ts";
import { type ChainPart, checkChain } from "./audit-chain.ts";
import { readChain } from "./read-chain.ts";

/** Settings of {@link verifyAudit}. */
export interface VerifyAuditOptions {
  /** Heads that were kept outside the database. Without any, nothing is anchored. */
  readonly heads?: readonly AuditHead[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Checks the whole log twice: by the database itself, and here from its lines. For operators, admins and the service key. */
export async function verifyAudit(
  ctx: PilabContext,
  { heads = [], signal }: VerifyAuditOptions = {},
): Promise<AuditReport> {
  const itself = await verifyInDatabase(ctx, signal);
  const own = await checkChain(readChain(ctx, { signal }), heads);
  const ownFault = own.broken.find(({ reason }) => !reason.startsWith("head_"));
  return {
    source: "database",
    ...own,
    // Of the first fault alone: the database stops there.
    database_agrees: (itself?.id ?? null) === (ownFault?.seal ?? null),
  };
}

/** The first broken seal that `verify_audit_seals` finds; null: none. */
async function verifyInDatabase(
  ctx: PilabContext,
  signal: AbortSignal | undefined,
): Promise<AuditVerification["broken"]> {
  const what = "verifying the seals of the audit log";
  for (let after = 0; ; ) {
    const answer = await ctx.call(
      { what },
      async (attempt) => {
        const call = ctx.supabase.rpc("verify_audit_seals", { after_seal: after, max_seals: 20 });
        return parsed(auditVerification, dataOf(await call.abortSignal(attempt.signal)), what);
      },
      { signal },
    );
    if (answer.broken || !answer.more || !answer.head) return answer.broken;
    after = answer.head.id;
  }
}

/** Checks an export (`audit export --jsonl`), line by line: no database is asked. */
export async function verifyAuditExport(
  lines: AsyncIterable<string>,
  heads: readonly AuditHead[] = [],
): Promise<AuditReport> {
  return { source: "export", ...(await checkChain(readParts(lines), heads)), database_agrees: null };
}

async function* readParts(lines: AsyncIterable<string>): AsyncGenerator<ChainPart> {
  for await (const line of lines) {
    if (line !== "") yield partOf(line);
  }
}

/** A line that is neither is taken for an entry that was damaged: the digest of its range shows it. */
function partOf(line: string): ChainPart {
  if (/^\{"(seal|start_after|ends_before)":/.test(line)) {
    const value = parseJson(line) as Record<string, unknown> | undefined;
    if (typeof value?.ends_before === "string") return { ends_before: value.ends_before };
    const seal = auditSealRow.safeParse(value?.seal);
    if (seal.success) return { seal: seal.data };
    const start = auditSealRow.safeParse(value?.start_after);
    if (start.success) return { start_after: start.data };
  }
  return { entry: line };
}

/** Reads the heads of a file as `audit head` and the worker write it: one JSON object a line, the oldest first. */
export function parseAuditHeads(text: string, source: string): AuditHead[] {
  return text.split("\n").flatMap((line, index) => {
    if (line.trim() === "") return [];
    const head = auditHead.safeParse(parseJson(line));
    if (head.success) return [head.data];
    throw new PilabError("invalid_input", `${source}: line ${index + 1} is no head of the audit log`, {
      hint: 'A head is a line such as {"id":7,"last_id":5120,"digest":"…"}, as "pilab-retention audit head" prints it.',
    });
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
