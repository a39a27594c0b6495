import { readdir, stat, statfs } from "node:fs/promises";
import { join } from "node:path";
import { askControl } from "../control.ts";
import { dataDirPaths } from "../data-dir.ts";
import type { Engine } from "../engine.ts";
import { createGate } from "../gate.ts";
import { whoRuns } from "../lock.ts";
import { commandFor, count, formatBytes, type Io, table } from "./io.ts";

/** What a running server counts, cheaply: from the counters, never over all captures. */
export interface RunningFacts {
  databaseBytes: number;
  users: number;
  devices: number;
  buckets: { bucket: string; captures: number; trashed: number; storedBytes: number }[];
}

/** What `pilab-local status --json` prints; without counts while the server is starting or belongs to another user. */
type Status =
  | {
      running: false;
      dataDir: string;
      diskFreeBytes: number | null;
      databaseBytes: number;
      filesBytes: number;
    }
  | {
      running: true;
      dataDir: string;
      diskFreeBytes: number | null;
      pid: number;
      startedAt: string;
      url: string | null;
      engine: "pglite" | "postgres" | null;
      facts: RunningFacts | null;
    };

/** `pilab-local status`. */
export async function status({ dataDir, json }: { dataDir: string; json?: boolean }, io: Io): Promise<void> {
  const found = await readStatus(dataDir);
  if (json) io.out(JSON.stringify(found, null, 2));
  else for (const line of describe(found)) io.out(line);
}

/** Reads what is known of a data folder, whether or not a server runs there. */
async function readStatus(dataDir: string): Promise<Status> {
  const { root, db, files } = dataDirPaths(dataDir);
  const owner = await whoRuns(root);
  const diskFreeBytes = await freeBytes(root);
  if (!owner) {
    const [databaseBytes, filesBytes] = [await folderBytes(db), await folderBytes(files)];
    return { running: false, dataDir: root, diskFreeBytes, databaseBytes, filesBytes };
  }
  const { url = null, engine = null, pid, startedAt } = owner;
  const facts = await askControl<RunningFacts>(root, "status").catch(() => null);
  return { running: true, dataDir: root, diskFreeBytes, url, engine, pid, startedAt, facts };
}

/** Answers for the running server; see control.ts. */
export async function runningFacts(engine: Engine): Promise<RunningFacts> {
  const asCaller = createGate(engine);
  const totals = await engine.transaction((tx) =>
    tx.query<{ databaseBytes: number; users: number; devices: number; buckets: string[] }>(`
      select pg_database_size(current_database()) as "databaseBytes", (select count(*) from auth.users) as users,
        (select count(*) from public.devices where retired_at is null) as devices,
        (select coalesce(json_agg(bucket_id order by bucket_id), '[]') from public.bucket_settings) as buckets`),
  );
  const { buckets: ids, ...facts } = totals.rows[0] as (typeof totals.rows)[0];
  const buckets: RunningFacts["buckets"] = [];
  for (const bucket of ids) {
    const usage = await asCaller(
      { role: "service_role", claims: { role: "service_role" }, headers: {} },
      (tx) =>
        tx.query<{ captures: number; trashed: number; storedBytes: number }>(
          `select (u #>> '{live,files}')::int8 as captures, (u #>> '{trashed,files}')::int8 as trashed,
           (u #>> '{stored,bytes}')::int8 as "storedBytes" from public.storage_usage($1) as u`,
          [bucket],
        ),
    );
    buckets.push({ bucket, ...(usage.rows[0] as (typeof usage.rows)[0]) });
  }
  return { ...facts, buckets };
}

function describe(found: Status): string[] {
  if (!found.running) {
    const empty = found.databaseBytes + found.filesBytes === 0;
    const isElsewhere = !empty && found.databaseBytes === 0;
    return [
      "Not running.",
      "",
      ...table([
        ["Data", found.dataDir],
        [
          "Database",
          empty ? "none yet" : isElsewhere ? "not here: a Postgres's" : formatBytes(found.databaseBytes),
        ],
        ["Files", empty ? "none yet" : formatBytes(found.filesBytes)],
        ...diskRow(found.diskFreeBytes),
      ]),
      "",
      `Start it with: ${commandFor("start", found.dataDir)}${isElsewhere ? " --database …" : ""}`,
    ];
  }
  const { url, pid, startedAt, dataDir, engine, facts } = found;
  return [
    url === null ? "Starting." : `Running at ${url}`,
    "",
    ...table([
      ["Process", `${pid}, since ${startedAt}`],
      ["Data", dataDir],
      ...(engine
        ? [["Engine", engine === "pglite" ? "PGlite, inside the process" : "Postgres"] as const]
        : []),
      ...diskRow(found.diskFreeBytes),
      ...(facts ? describeFacts(facts) : []),
    ]),
  ];
}

function diskRow(freeBytes: number | null): (readonly [string, string])[] {
  return freeBytes === null ? [] : [["Disk", `${formatBytes(freeBytes)} free`]];
}

function describeFacts({
  databaseBytes,
  users,
  devices,
  buckets,
}: RunningFacts): (readonly [string, string])[] {
  return [
    ["Database", formatBytes(databaseBytes)],
    ["Accounts", users.toLocaleString("en")],
    ["Devices", `${devices.toLocaleString("en")} in service`],
    ...buckets.map(({ bucket, captures, trashed, storedBytes }) => {
      const trash = trashed > 0 ? `, ${trashed.toLocaleString("en")} in the trash` : "";
      return [
        `Bucket ${bucket}`,
        `${count(captures, "capture")}${trash}, ${formatBytes(storedBytes)} stored`,
      ] as const;
    }),
  ];
}

/** What the disk of a folder still takes; null while the folder is not there. */
function freeBytes(folder: string): Promise<number | null> {
  return statfs(folder).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => null,
  );
}

/** Bytes of all files below a folder; 0 when it is not there. */
export async function folderBytes(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  let bytes = 0;
  for (const entry of entries) {
    // What goes while it is counted counts nothing.
    if (entry.isFile())
      bytes += await stat(join(entry.parentPath, entry.name)).then(
        (file) => file.size,
        () => 0,
      );
  }
  return bytes;
}
