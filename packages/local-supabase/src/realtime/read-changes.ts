import type { Tx } from "../engine.ts";
import type { Caller } from "../gate.ts";
import { type Condition, conditionSql, quoteIdentifier } from "./filter.ts";
import { type PublishedColumn, type PublishedTable, sqlName } from "./published-tables.ts";

/** One changed row, as the trigger told it: only its key. */
export interface Change {
  table: PublishedTable;
  type: "INSERT" | "UPDATE" | "DELETE";
  /** The primary key's values by column. */
  key: Record<string, unknown>;
  /** When, ISO 8601. */
  at: string;
}

/** A changed row as one caller may see it. */
export interface VisibleChange {
  change: Change;
  /** The columns the caller may read. */
  columns: PublishedColumn[];
  /** The row as it is now, which may be later than the change; empty for a DELETE. */
  record: Record<string, unknown>;
  /** For each filter given, whether the row passes it. */
  passes: boolean[];
}

/**
 * Reads changed rows of one table again under the caller's own rights, in the order of the changes; what the caller may
 * not see, and what is gone by now, is left out.
 *
 * A deleted row cannot be asked for its policies: as on hosted Supabase its key, and nothing else, goes to everyone who
 * may read the table's key columns, whatever the filter.
 *
 * @param tx a transaction of the caller
 * @param filters one list of conditions for each binding; an empty list passes everything
 */
export async function readChanges(
  tx: Tx,
  role: Caller["role"],
  changes: readonly Change[],
  filters: readonly Condition[][],
): Promise<VisibleChange[]> {
  const table = changes[0]?.table;
  if (!table) return [];
  const columns = table.columns.filter(({ readableBy }) => readableBy.includes(role));
  const readable = new Set(columns.map(({ name }) => name));
  if (!table.key.every((name) => readable.has(name))) return [];
  const rows = await readRows(tx, { table, columns, changes, filters });
  return changes.flatMap((change, index) => {
    if (change.type === "DELETE") return { change, columns, record: {}, passes: filters.map(() => true) };
    const row = rows.get(index);
    return row
      ? { change, columns, record: row.record, passes: filters.map((_, i) => row[`pass${i}`] === true) }
      : [];
  });
}

interface Row {
  ord: number;
  record: Record<string, unknown>;
  [pass: `pass${number}`]: unknown;
}

async function readRows(
  tx: Tx,
  {
    table,
    columns,
    changes,
    filters,
  }: {
    table: PublishedTable;
    columns: PublishedColumn[];
    changes: readonly Change[];
    filters: readonly Condition[][];
  },
): Promise<Map<number, Row>> {
  const wanted = changes.flatMap(({ type, key }, ord) => (type === "DELETE" ? [] : { ord, key }));
  if (wanted.length === 0) return new Map();
  const params: string[] = [JSON.stringify(wanted.map(({ ord, key }) => ({ ...key, "": ord })))];
  const bind = (value: string) => `$${params.push(value)}`;
  const passes = filters.map((filter, i) => `${filterSql(filter, columns, bind)} as pass${i}`);
  const key = table.key.map(quoteIdentifier);
  const keyTypes = table.key.map((name) => `${quoteIdentifier(name)} ${sqlTypeOf(columns, name)}`);
  // The empty name marks the order: no column can have it.
  const sql = `
    select c.ord, (select to_jsonb(shown) from (select ${columns.map(({ name }) => `r.${quoteIdentifier(name)}`).join(", ")}) as shown) as record
      ${passes.map((pass) => `, ${pass}`).join("")}
    from (select (item ->> '')::int as ord, k.* from jsonb_array_elements($1::text::jsonb) as item,
      jsonb_to_record(item) as k(${keyTypes.join(", ")})) as c
    join ${sqlName(table)} as r on ${key.map((name) => `r.${name} = c.${name}`).join(" and ")}`;
  const { rows } = await tx.query<Row>(sql, params);
  return new Map(rows.map((row) => [row.ord, row]));
}

/** A column that this table has not, or that the caller may not read, lets nothing pass. */
function filterSql(filter: Condition[], columns: PublishedColumn[], bind: (value: string) => string): string {
  if (!filter.every(({ column }) => columns.some(({ name }) => name === column))) return "false";
  const parts = filter.map((condition) =>
    conditionSql(condition, sqlTypeOf(columns, condition.column), bind),
  );
  return parts.length === 0 ? "true" : `(${parts.join(" and ")})`;
}

function sqlTypeOf(columns: PublishedColumn[], name: string): string {
  return columns.find((column) => column.name === name)?.sqlType ?? "text";
}
