import { cp } from "node:fs/promises";
import { resolve } from "node:path";
import { PilabError } from "@pilab/schema";
import { type BackupOptions, backup as makeBackup, verifyBackup } from "../backup/backup.ts";
import { restore as makeRestore } from "../backup/restore.ts";
import { askControl } from "../control.ts";
import { dataDirPaths } from "../data-dir.ts";
import { openPostgres } from "../engine.ts";
import { lockDataDir, whoRuns } from "../lock.ts";
import { MIGRATIONS_DIR } from "../server.ts";
import { commandFor, count, formatBytes, type Io } from "./io.ts";

/** `pilab-local backup <folder>`: of a running server or a stopped one. */
export async function backup(
  { dataDir, to, database }: { dataDir: string; to: string; database?: string | undefined },
  io: Io,
): Promise<void> {
  const { source, close } = await openSource(dataDir, database);
  try {
    const manifest = await makeBackup({ dataDir, to, source, onProgress: progress(io) });
    const damaged = await verifyBackup(to);
    if (damaged.length > 0) {
      throw new PilabError(
        "server_lied",
        `the backup does not read back as it was written, first ${damaged[0]}`,
        {
          hint: "Do not trust this disk.",
        },
      );
    }
    const rows = manifest.tables.reduce((sum, table) => sum + table.rows, 0);
    const { count: files, bytes, missing } = manifest.files;
    io.out(
      `Backed up and verified: ${count(rows, "row")}, ${count(files, "object")} (${formatBytes(bytes)}), in ${resolve(to)}`,
    );
    io.out("It holds the keys and everyone's password hashes: keep it as safe as the original.");
    if (missing.length > 0) {
      throw new PilabError(
        "partly_done",
        `${count(missing.length, "object has a row", "objects have rows")} but no file; all else is backed up`,
        {
          hint: `Objects removed while the backup ran are no loss. If it says so again, run: ${commandFor("rebuild", dataDir)}`,
        },
      );
    }
  } finally {
    await close();
  }
}

/** `pilab-local restore <folder>`: into a data folder that is empty. */
export async function restore(
  { dataDir, from, database }: { dataDir: string; from: string; database?: string | undefined },
  io: Io,
): Promise<void> {
  const lock = await lockDataDir(dataDir);
  try {
    io.err("Verifying the backup, then restoring it …");
    const { createdAt, tables, files } = await makeRestore({
      from,
      dataDir,
      database,
      migrationsDir: MIGRATIONS_DIR,
    });
    const rows = tables.reduce((sum, table) => sum + table.rows, 0);
    io.out(
      `Restored the backup of ${createdAt} into ${dataDirPaths(dataDir).root}: ${count(rows, "row")}, ${count(files.count, "object")} (${formatBytes(files.bytes)}).`,
    );
    io.out(
      `Keys, accounts and passwords are those of the backup. Start it with: ${commandFor("start", dataDir)}${database ? " --database …" : ""}`,
    );
  } finally {
    await lock.release();
  }
}

/** Finds the database: through the running server, else by itself, under the folder's lock. */
async function openSource(
  dataDir: string,
  database: string | undefined,
): Promise<{ source: BackupOptions["source"]; close(): Promise<void> }> {
  const paths = dataDirPaths(dataDir);
  const running = await whoRuns(paths.root);
  const url =
    database ?? (running ? (await askControl<{ url: string | null }>(paths.root, "database")).url : null);
  if (url) {
    const engine = await openPostgres(url);
    return { source: { engine }, close: () => engine.close() };
  }
  if (running) {
    return {
      source: { snapshot: (to) => askControl(paths.root, "snapshot", { to }) },
      close: async () => {},
    };
  }
  const lock = await lockDataDir(paths.root);
  return { source: { snapshot: (to) => copyDatabase(paths.db, to) }, close: () => lock.release() };
}

async function copyDatabase(from: string, to: string): Promise<void> {
  await cp(from, to, { recursive: true }).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== "ENOENT") throw cause;
    throw new PilabError("not_found", `there is no database at ${from}`, {
      cause,
      hint: "Name its folder with --data-dir, or its server with --database.",
    });
  });
}

/** Says how far it is, at most once a second. */
function progress(io: Io): BackupOptions["onProgress"] {
  let saidAt = Date.now();
  return ({ files, of, bytes }) => {
    if (Date.now() - saidAt < 1000) return;
    saidAt = Date.now();
    io.err(`  ${files.toLocaleString("en")} of ${count(of, "object")}, ${formatBytes(bytes)}`);
  };
}
