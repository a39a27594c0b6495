import { auditRow } from "@pilab/schema";
import type { PilabContext } from "../context.ts";
import { csvLine } from "../csv-line.ts";
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
      if (isWithin(String(row.created_at), bounds)) yield csvLine(COLUMNS.map((name) => row[name]));
    }
  }
}

function isWithin(createdAt: string, { since, until }: ChainBounds): boolean {
  const at = new Date(createdAt);
  return (!since || at >= since) && (!until || at < until);
}
