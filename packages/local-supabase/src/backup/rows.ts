import { createHash } from "node:crypto";
import { once } from "node:events";
import { createReadStream, createWriteStream } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { finished } from "node:stream/promises";
import { PilabError } from "@pilab/schema";
import type { Tx } from "../engine.ts";
import type { Manifest } from "./manifest.ts";

const ROWS_AT_ONCE = 500;

type Table = Manifest["tables"][number];

/**
 * Writes every row of every table but Postgres' own to `<folder>/<schema>.<table>.jsonl`, as one transaction sees them.
 * Rows are JSON, so that they go back into either engine; numbers stay text on the way and lose no digit.
 */
export async function dumpRows(tx: Tx, folder: string): Promise<Pick<Manifest, "tables" | "sequences">> {
  const { rows: found } = await tx.query<{ schema: string; name: string }>(TABLES);
  const tables: Table[] = [];
  for (const table of found) tables.push(await dumpTable(tx, folder, table));
  const { rows: sequences } = await tx.query<Manifest["sequences"][number]>(
    `select schemaname as schema, sequencename as name, last_value as value from pg_sequences
     where last_value is not null and schemaname <> 'pilab_local' order by 1, 2`,
  );
  return { tables, sequences };
}

/**
 * Replaces the rows of every table by those of the backup. Triggers and foreign keys rest meanwhile: what the rows tell
 * has happened already.
 *
 * @param tx a transaction of a superuser, over a database with the backup's migrations
 */
export async function loadRows(
  tx: Tx,
  folder: string,
  { tables, sequences }: Pick<Manifest, "tables" | "sequences">,
): Promise<void> {
  const { rows: me } = await tx.query<{ superuser: boolean }>(
    "select rolsuper as superuser from pg_roles where rolname = current_user",
  );
  if (!me[0]?.superuser) {
    throw new PilabError(
      "forbidden",
      "a restore sets triggers to rest, which only a superuser of the database may do",
      {
        hint: "Give the URL of a superuser for the restore; start needs none.",
      },
    );
  }
  await tx.exec("set local session_replication_role = replica");
  const { rows: existing } = await tx.query<{ schema: string; name: string }>(TABLES);
  const known = new Set(existing.map(qualified));
  // What a library makes when it first needs it is missing from a new database, and mostly empty.
  const wanted = tables.filter((table) => table.rows > 0 || known.has(qualified(table)));
  const unknown = wanted.find((table) => !known.has(qualified(table)));
  if (unknown)
    throw new PilabError(
      "conflict",
      `the backup has rows of ${qualified(unknown)}, which this database has not`,
    );
  await tx.exec(`truncate ${existing.map(qualified).join(", ")}`);
  for (const table of wanted) await loadTable(tx, folder, table);
  for (const { schema, name, value } of sequences) {
    await tx.query("select setval($1::regclass, $2)", [qualified({ schema, name }), value]);
  }
}

async function dumpTable(
  tx: Tx,
  folder: string,
  { schema, name }: { schema: string; name: string },
): Promise<Table> {
  const file = `${schema}.${name}.jsonl`;
  const path = join(folder, file);
  const out = createWriteStream(path, { mode: 0o600 });
  const hash = createHash("sha256");
  let rows = 0;
  await tx.exec(
    `declare pilab_dump no scroll cursor for select to_jsonb(t)::text as line from ${qualified({ schema, name })} as t`,
  );
  while (true) {
    const batch = await tx.query<{ line: string }>(`fetch ${ROWS_AT_ONCE} from pilab_dump`);
    if (batch.rows.length === 0) break;
    const text = batch.rows.map(({ line }) => `${line}\n`).join("");
    hash.update(text);
    rows += batch.rows.length;
    if (!out.write(text)) await once(out, "drain");
  }
  await tx.exec("close pilab_dump");
  out.end();
  await finished(out);
  await sync(path);
  return { schema, name, file, rows, sha256: hash.digest("hex") };
}

async function loadTable(tx: Tx, folder: string, table: Table): Promise<void> {
  const { rows: columns } = await tx.query<{ name: string }>(
    `select quote_ident(attname) as name from pg_attribute
     where attrelid = $1::regclass and attnum > 0 and not attisdropped and attgenerated = '' order by attnum`,
    [qualified(table)],
  );
  const names = columns.map(({ name }) => name).join(", ");
  const sql = `insert into ${qualified(table)} (${names}) overriding system value
    select ${names} from jsonb_populate_recordset(null::${qualified(table)}, $1::text::jsonb)`;
  let loaded = 0;
  let batch: string[] = [];
  const flush = async () => {
    if (batch.length > 0) loaded += (await tx.query(sql, [`[${batch.join(",")}]`])).affected;
    batch = [];
  };
  for await (const line of createInterface({
    input: createReadStream(join(folder, table.file)),
    crlfDelay: Infinity,
  })) {
    batch.push(line);
    if (batch.length === ROWS_AT_ONCE) await flush();
  }
  await flush();
  if (loaded !== table.rows) {
    throw new PilabError(
      "internal",
      `${qualified(table)} has ${loaded} rows after the restore, the backup ${table.rows}`,
    );
  }
}

/** Makes a written file survive a power cut. */
export async function sync(path: string): Promise<void> {
  const handle = await open(path, "r+");
  await handle.sync().finally(() => handle.close());
}

function qualified({ schema, name }: { schema: string; name: string }): string {
  return [schema, name].map((part) => `"${part.replaceAll('"', '""')}"`).join(".");
}

// Tables of extensions are theirs to fill; pilab_local is made anew at each start.
const TABLES = /* sql */ `
  select n.nspname as schema, c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind = 'r' and c.relpersistence = 'p' and n.nspname not in ('information_schema', 'pilab_local') and n.nspname !~ '^pg_'
    and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
  order by 1, 2`;
