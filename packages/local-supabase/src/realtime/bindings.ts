import { PilabError } from "@pilab/schema";
import type { Engine } from "../engine.ts";
import type { Binding } from "./channel.ts";
import { type Condition, parseFilter } from "./filter.ts";
import type { BindingRequest } from "./protocol.ts";
import type { PublishedTable } from "./published-tables.ts";

/**
 * Reads what a client wants to listen to, and refuses what could never give an event: a table that is not published, a
 * column that is not there, a value that is not of the column's type.
 *
 * @throws PilabError `invalid_input` or `not_found`, for the client's developer to read
 */
export async function readBindings(
  engine: Engine,
  tables: readonly PublishedTable[],
  requests: readonly BindingRequest[],
): Promise<Binding[]> {
  const bindings = requests.map((request, index) => ({
    ...request,
    // Numbered from 1: supabase-js takes 0 for no number.
    id: index + 1,
    conditions: parseFilter(request.filter ?? ""),
  }));
  for (const { schema, table, conditions } of bindings) {
    if (table === undefined || table === "*") continue;
    const published = tables.find(
      ({ name, ...t }) => name === table && (!schema || schema === "*" || t.schema === schema),
    );
    if (!published) throw notPublished(schema ?? "public", table);
    for (const condition of conditions) await checkCondition(engine, published, condition);
  }
  return bindings;
}

async function checkCondition(
  engine: Engine,
  table: PublishedTable,
  { column, operator, values }: Condition,
): Promise<void> {
  const found = table.columns.find(({ name }) => name === column);
  if (!found)
    throw new PilabError(
      "invalid_input",
      `${table.schema}.${table.name} has no column ${JSON.stringify(column)}`,
    );
  if (operator === "is" || operator === "like" || operator === "ilike") return;
  const trial =
    operator === "match" || operator === "imatch" ? "'' ~ $1::text" : `$1::text::${found.sqlType} is null`;
  for (const value of values) {
    await engine
      .transaction((tx) => tx.query(`select ${trial}`, [value]))
      .catch((cause: Error) => {
        throw new PilabError("invalid_input", `the filter on ${column} cannot be used: ${cause.message}`, {
          cause,
        });
      });
  }
}

function notPublished(schema: string, table: string): PilabError {
  return new PilabError(
    "not_found",
    `${schema}.${table} sends no changes: it is not in publication supabase_realtime, or has no primary key`,
    { hint: `alter publication supabase_realtime add table ${schema}.${table};` },
  );
}
