import { auditRow } from "@pilab/schema";
import type { PilabContext } from "../context.ts";
import { type ChainBounds, readChain } from "./read-chain.ts";

/** Settings of {@link exportAudit}. */
export interface ExportAuditOptions extends ChainBounds {
  /** `jsonl` carries the seals and can be verified without the database; `csv` is for a spreadsheet. */
  readonly format: "jsonl" | "csv";
}

const COLUMNS = Object.keys(auditRow.shape) as (keyof typeof auditRow.shape)[];

/**
 * The audit log as text, line by line, a page in memory at a time. As JSONL, `since` and `until` are rounded out to whole
 * seals, so that what is exported can be verified; as CSV they are exact.
 */
export async function* exportAudit(
  ctx: PilabContext,
  { format, ...bounds }: ExportAuditOptions,
): AsyncGenerator<string> {
  if (format === "csv") yield `${COLUMNS.join(",")}\r\n`;
  for await (const part of readChain(ctx, bounds)) {
    if (format === "jsonl") yield `${"entry" in part ? part.entry : JSON.stringify(part)}\n`;
    else if ("entry" in part) {
      const row = JSON.parse(part.entry) as Record<string, unknown>;
      if (isWithin(String(row.created_at), bounds))
        yield `${COLUMNS.map((name) => cell(row[name])).join(",")}\r\n`;
    }
  }
}

function isWithin(createdAt: string, { since, until }: ChainBounds): boolean {
  const at = new Date(createdAt);
  return (!since || at >= since) && (!until || at < until);
}

/** Quoted as RFC 4180 says. A spreadsheet runs what begins like a formula; an apostrophe before it makes it text. */
function cell(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const safe = /^[\s\0]*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/.test(text) ? `'${text}` : text;
  return `"${safe.replaceAll('"', '""')}"`;
}
