import type { z } from "zod";
import type { Tx } from "../engine.ts";
import { refuse } from "./errors.ts";
import type { listBody, listV2Body } from "./requests.ts";
import type { ObjectRow } from "./rows.ts";

type Listed = Pick<ObjectRow, "id" | "name" | "updated_at" | "created_at" | "last_accessed_at" | "metadata">;
/** An entry of a list: an object, or a folder, whose every field but the name is null. */
export type ListEntry = Listed | { [K in keyof Listed]: K extends "name" ? string : null };

// Rows whose name begins with $2; $3 is the first name past them. Served by the index (bucket_id, name collate "C").
const UNDER_PREFIX = `select o.*, substr(o.name, length($2::text) + 1) as rest from storage.objects o
  where o.bucket_id = $1 and o.name collate "C" >= $2::text and ($3::text is null or o.name collate "C" < $3::text)`;

/** Groups what lies deeper into folders; reads every row under the prefix. `folder` and `object` are the names to show. */
const grouped = (
  rows: string,
  folder: string,
  object: string,
): string => `with found as (${rows}), entries as (
    select ${folder} as name, null::uuid as id, null::timestamptz as updated_at, null::timestamptz as created_at,
      null::timestamptz as last_accessed_at, null::jsonb as metadata
    from found where position('/' in rest) > 0 group by 1
    union all
    select ${object}, id, updated_at, created_at, last_accessed_at, metadata from found where position('/' in rest) = 0)
  select * from entries`;

/** One folder's entries with names relative to it, as `list()` shows them. A bucket that is missing is empty. */
export async function listFolder(
  tx: Tx,
  bucketId: string,
  body: z.infer<typeof listBody>,
): Promise<ListEntry[]> {
  const { limit, offset, search, sortBy } = body;
  const folder = body.prefix === "" || body.prefix.endsWith("/") ? body.prefix : `${body.prefix}/`;
  // Folders have no times, so by time they stand together at one end; names settle every tie.
  const byTime = sortBy.column === "name" ? "" : `${sortBy.column} ${sortBy.order}, `;
  const { rows } = await tx.query<ListEntry>(
    `${grouped(UNDER_PREFIX, "split_part(rest, '/', 1)", "rest")} where name ilike $4
     order by ${byTime} name collate "C" ${sortBy.order} limit $5 offset $6`,
    [bucketId, folder, afterPrefix(folder), `${(search ?? "").replace(/[\\%_]/g, "\\$&")}%`, limit, offset],
  );
  return rows;
}

/** A page of `listV2()`. */
export interface ListPage {
  hasNext: boolean;
  nextCursor?: string;
  folders: { name: string; key: string }[];
  objects: (Listed & { key: string })[];
}

/** One page of full names after a cursor. Sorted by a time the name breaks ties, so no row is skipped or repeated. */
export async function listPage(
  tx: Tx,
  bucketId: string,
  body: z.infer<typeof listV2Body>,
): Promise<ListPage> {
  const { prefix, limit, with_delimiter, sortBy } = body;
  const after = readCursor(body.cursor);
  const past = sortBy.order === "asc" ? ">" : "<";
  const byName = sortBy.column === "name";
  // By name the cursor bounds the rows themselves, so that a page costs a page however long the list is.
  const found = after && byName ? `${UNDER_PREFIX} and o.name collate "C" ${past} $5::text` : UNDER_PREFIX;
  const entries = with_delimiter
    ? grouped(found, "$2::text || split_part(rest, '/', 1) || '/'", "name")
    : `select name, id, updated_at, created_at, last_accessed_at, metadata from (${found}) as rows`;
  const key = byName ? [`name collate "C"`] : [`coalesce(${sortBy.column}, '-infinity')`, `name collate "C"`];
  const cursor = byName ? "$5::text" : "$6::timestamptz, $5::text";
  const { rows } = await tx.query<ListEntry>(
    `${entries} ${after ? `where (${key.join(", ")}) ${past} (${cursor})` : ""}
     order by ${key.map((part) => `${part} ${sortBy.order}`).join(", ")} limit $4`,
    [
      ...[bucketId, prefix, afterPrefix(prefix), limit + 1],
      ...(after ? [after.name, ...(byName ? [] : [after.at ?? "-infinity"])] : []),
    ],
  );
  return toPage(rows, limit, sortBy.column);
}

function toPage(rows: ListEntry[], limit: number, column: "name" | "updated_at" | "created_at"): ListPage {
  const entries = rows.slice(0, limit);
  const last = entries.at(-1);
  return {
    hasNext: rows.length > limit,
    ...(rows.length > limit && last
      ? { nextCursor: writeCursor({ name: last.name, at: column === "name" ? null : last[column] }) }
      : {}),
    folders: entries.filter((entry) => entry.id === null).map(({ name }) => ({ name, key: name })),
    objects: entries
      .filter((entry): entry is Listed => entry.id !== null)
      .map((entry) => ({ ...entry, key: entry.name })),
  };
}

interface Cursor {
  name: string;
  at: string | null;
}

function writeCursor(cursor: Cursor): string {
  return Buffer.from(JSON.stringify(cursor)).toString("base64url");
}

function readCursor(text: string | undefined): Cursor | undefined {
  if (text === undefined) return undefined;
  try {
    const { name, at } = JSON.parse(Buffer.from(text, "base64url").toString()) as Partial<Cursor>;
    if (typeof name === "string") return { name, at: typeof at === "string" ? at : null };
  } catch {
    // Falls through to the one answer below.
  }
  throw refuse.invalidParameter("Invalid Parameter cursor");
}

/** The first name, in byte order, that no longer begins with the prefix; null where every name does. */
function afterPrefix(prefix: string): string | null {
  const last = prefix.at(-1);
  return last === undefined ? null : prefix.slice(0, -1) + String.fromCharCode(last.charCodeAt(0) + 1);
}
