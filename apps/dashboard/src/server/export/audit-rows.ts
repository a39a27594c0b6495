import "server-only";
import { auditRow } from "@pilab/schema";
import type { PilabClient } from "@pilab/storage-core";
import { z } from "zod";
import type { ExportFormat } from "../../lib/export-kinds.ts";
import { auditFilter } from "../audit-filter.ts";
import { textOf, utc } from "./text-of.ts";

const auditInput = z.strictObject({ format: z.string(), ...auditFilter.shape });

const COLUMNS = Object.keys(auditRow.shape);

/**
 * The audit log as a file, newest first. As JSONL with no filter but time it is the log itself, oldest first and with its
 * seals, which `pilab-retention audit verify --from-export` checks without the database.
 */
export function auditText(
  pilab: PilabClient,
  search: URLSearchParams,
  { format, signal }: { format: ExportFormat; signal: AbortSignal },
): AsyncGenerator<string> {
  const { format: _, since, until, ...filter } = auditInput.parse(Object.fromEntries(search));
  const period = { since: date(since), until: date(until) };
  if (format === "jsonl" && Object.keys(filter).length === 0) {
    return pilab.audit.export({ format, ...period, signal });
  }
  return textOf(format, COLUMNS, auditRows(pilab, { ...filter, ...period, signal }));
}

async function* auditRows(pilab: PilabClient, options: Parameters<PilabClient["audit"]["list"]>[0]) {
  let before: number | undefined;
  do {
    const { entries, next } = await pilab.audit.list({ ...options, before, limit: 1000 });
    for (const entry of entries) yield { ...entry, created_at: utc(entry.created_at) };
    before = next ?? undefined;
  } while (before !== undefined);
}

function date(time: string | undefined): Date | undefined {
  return time === undefined ? undefined : new Date(time);
}
