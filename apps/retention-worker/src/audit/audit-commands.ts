import { createReadStream, createWriteStream } from "node:fs";
import { rename } from "node:fs/promises";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { AuditReport } from "@pilab/schema";
import { verifyAuditExport } from "@pilab/storage-core";
import type { AuditExportFlags, AuditVerifyFlags } from "../commands/audit.ts";
import type { CommandContext } from "../commands/command-context.ts";
import { withWorker } from "../open-worker.ts";
import { describeReport } from "./describe-report.ts";
import { appendHead, readHeads } from "./head-file.ts";
import { keepHead } from "./keep-head.ts";
import { verifyAndReport } from "./verify-and-report.ts";

/** `audit seal`. */
export async function runSeal(context: CommandContext): Promise<number> {
  return await withWorker(context, "audit seal", async (worker) => {
    const { seals, rows, head } = await worker.client.audit.seal(context.signal);
    if (head) await keepHead(worker.environment.auditHeadFile, head);
    context.output.err(`Sealed ${rows} entries in ${seals} seals.\n`);
    if (head) context.output.out(`${JSON.stringify(head)}\n`);
    return 0;
  });
}

/** `audit head`: 1 when nothing is sealed. */
export async function runHead(context: CommandContext, { output }: { output?: string }): Promise<number> {
  return await withWorker(context, "audit head", async ({ client }) => {
    const head = await client.audit.head(context.signal);
    if (!head) {
      context.output.err("Nothing is sealed yet: pilab-retention audit seal\n");
      return 1;
    }
    if (output === undefined) context.output.out(`${JSON.stringify(head)}\n`);
    else await appendHead(output, head);
    return 0;
  });
}

/** `audit verify`: 1 when anything is broken. */
export async function runVerify(context: CommandContext, flags: AuditVerifyFlags): Promise<number> {
  const { fromExport, json } = flags;
  const headFile = flags.head ?? (context.source.AUDIT_HEAD_FILE || undefined);
  const heads =
    headFile === undefined ? [] : await readHeads(headFile, flags.head === undefined ? "none" : "fail");
  const report =
    fromExport === undefined
      ? await withWorker(context, "audit verify", (worker) => verifyAndReport(worker, heads, context.signal))
      : await verifyAuditExport(linesOf(fromExport), heads);
  context.output.out(json ? `${JSON.stringify(report)}\n` : describeReport(report));
  return isGood(report) ? 0 : 1;
}

function isGood({ ok, database_agrees }: AuditReport): boolean {
  return ok && database_agrees !== false;
}

function linesOf(path: string): AsyncIterable<string> {
  const input = path === "-" ? process.stdin : createReadStream(path);
  return createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
}

/** `audit export`. A file appears under its name when it is whole. */
export async function runExport(context: CommandContext, flags: AuditExportFlags): Promise<number> {
  const { csv, since, until, output } = flags;
  return await withWorker(context, "audit export", async ({ client }) => {
    const { signal } = context;
    const lines = Readable.from(client.audit.export({ format: csv ? "csv" : "jsonl", since, until, signal }));
    if (output === undefined) {
      await pipeline(lines, process.stdout, { signal, end: false });
    } else {
      await pipeline(lines, createWriteStream(`${output}.part`, { flush: true }), { signal });
      await rename(`${output}.part`, output);
    }
    return 0;
  });
}
