import { createWriteStream } from "node:fs";
import { copyFile, cp, mkdir, readdir, rm } from "node:fs/promises";
import { isAbsolute, join, relative, resolve } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { PilabError } from "@pilab/schema";
import { dataDirPaths, readKeys, writeDurably } from "../data-dir.ts";
import { type Engine, openPglite } from "../engine.ts";
import { copyObjects, findDamaged, hashFile, readDumpedObjects, readFileList } from "./files.ts";
import { BACKUP, type Manifest, readManifest } from "./manifest.ts";
import { dumpRows, sync } from "./rows.ts";

/** What {@link backup} needs. */
export interface BackupOptions {
  dataDir: string;
  /** A folder that is empty or not there yet. */
  to: string;
  /**
   * Gives the database: a connection to its server, or for PGlite a copy of its folder at `path`, made while no
   * statement ran.
   */
  source: { engine: Engine } | { snapshot: (path: string) => Promise<void> };
  now?: () => Date;
  onProgress?: (done: { files: number; of: number; bytes: number }) => void;
}

/**
 * Copies rows, objects and keys as they were at one moment, and verifies the copy. The server may run meanwhile: the rows
 * are one transaction's view, and an object's bytes never change once its row is there.
 *
 * @throws PilabError `already_exists` when the folder holds something
 */
export async function backup(options: BackupOptions): Promise<Manifest> {
  const folder = resolve(options.to);
  if (!(await readKeys(options.dataDir))) {
    throw new PilabError("not_found", `${options.dataDir} has no keys, so it is no data folder`, {
      hint: "Name it with --data-dir.",
    });
  }
  refuseInside(folder, dataDirPaths(options.dataDir));
  await claimEmptyFolder(folder);
  try {
    return await fillFolder(folder, options);
  } catch (error) {
    // Half a backup must not be taken for one, nor stand in the way of the next try.
    await Promise.all(
      (await readdir(folder)).map((name) => rm(join(folder, name), { recursive: true, force: true })),
    );
    throw error;
  }
}

async function fillFolder(
  folder: string,
  { dataDir, source, now = () => new Date(), onProgress }: BackupOptions,
): Promise<Manifest> {
  const from = dataDirPaths(dataDir);
  await mkdir(join(folder, BACKUP.rows), { mode: 0o700 });
  const snapshot = join(folder, BACKUP.snapshot);
  const rows = await withSource(source, snapshot, (engine) =>
    dumpDatabase(engine, join(folder, BACKUP.rows)),
  );
  await rm(snapshot, { recursive: true, force: true });
  const files = await backUpFiles(rows.tables, { fromDir: from.files, folder, onProgress });
  await copyFile(from.keys, join(folder, BACKUP.keys));
  const manifest: Manifest = {
    format: "pilab-local-backup/1",
    createdAt: now().toISOString(),
    ...rows,
    files,
  };
  await writeDurably(join(folder, BACKUP.manifest), `${JSON.stringify(manifest, null, 2)}\n`);
  return manifest;
}

/**
 * Copies PGlite's folder while no statement runs. Everything PGlite writes, it writes within a statement; what it still
 * holds in memory, the checkpoint writes.
 */
export function snapshotPglite(engine: Engine, dbDir: string, to: string): Promise<void> {
  return engine.transaction(async (tx) => {
    await tx.exec("checkpoint");
    await cp(dbDir, to, { recursive: true });
  });
}

/**
 * Reads a whole backup again.
 *
 * @returns what is missing or differs, by path in the backup; empty when all is well
 */
export async function verifyBackup(folder: string): Promise<string[]> {
  const { tables, files } = await readManifest(folder);
  const rows = tables.map(({ file, sha256 }) => ({ path: `${BACKUP.rows}/${file}`, sha256 }));
  const list = { path: BACKUP.fileList, sha256: files.sha256 };
  const damaged = await findDamaged(folder, [...rows, list]);
  if (damaged.includes(BACKUP.fileList)) return damaged;
  const objects = await findDamaged(join(folder, BACKUP.files), readFileList(join(folder, BACKUP.fileList)));
  return [...damaged, ...objects.map((path) => `${BACKUP.files}/${path}`)];
}

async function withSource<T>(
  source: BackupOptions["source"],
  snapshotDir: string,
  use: (engine: Engine) => Promise<T>,
): Promise<T> {
  if ("engine" in source) return use(source.engine);
  await source.snapshot(snapshotDir);
  const engine = await openPglite(snapshotDir);
  try {
    return await use(engine);
  } finally {
    await engine.close();
  }
}

/** The rows as one transaction sees them. */
function dumpDatabase(
  engine: Engine,
  folder: string,
): Promise<Omit<Manifest, "format" | "createdAt" | "files">> {
  return engine.transaction(async (tx) => {
    await tx.exec("set transaction isolation level repeatable read, read only");
    const { rows } = await tx.query<{ version: string }>(
      "select version from supabase_migrations.schema_migrations order by version",
    );
    return {
      engine: engine.kind,
      migrations: rows.map(({ version }) => version),
      ...(await dumpRows(tx, folder)),
    };
  });
}

async function backUpFiles(
  tables: Manifest["tables"],
  {
    fromDir,
    folder,
    onProgress,
  }: { fromDir: string; folder: string; onProgress: BackupOptions["onProgress"] },
): Promise<Manifest["files"]> {
  const list = join(folder, BACKUP.fileList);
  const dump = tables.find(({ schema, name }) => schema === "storage" && name === "objects");
  const objects = dump ? readDumpedObjects(join(folder, BACKUP.rows, dump.file)) : Readable.from([]);
  const result = { count: 0, bytes: 0, missing: [] as string[] };

  async function* copyAll(): AsyncGenerator<string> {
    for await (const { object, entries } of copyObjects(objects, fromDir, join(folder, BACKUP.files))) {
      if (!entries) {
        result.missing.push(object.version);
        continue;
      }
      result.count++;
      result.bytes += object.metadata.size;
      onProgress?.({ files: result.count, of: dump?.rows ?? 0, bytes: result.bytes });
      for (const entry of entries) yield `${JSON.stringify(entry)}\n`;
    }
  }

  await pipeline(copyAll, createWriteStream(list, { mode: 0o600 }));
  await sync(list);
  return { ...result, sha256: (await hashFile(list)).sha256 };
}

/** A copy inside what is copied has no end. */
function refuseInside(folder: string, { db, files }: { db: string; files: string }): void {
  const isInside = (path: string) => !path.startsWith("..") && !isAbsolute(path);
  if ([db, files].some((dir) => isInside(relative(dir, folder)))) {
    throw new PilabError("invalid_input", `${folder} is inside what is backed up`, {
      hint: "Give a folder elsewhere.",
    });
  }
}

async function claimEmptyFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if ((await readdir(folder)).length > 0) {
    throw new PilabError("already_exists", `${folder} is not empty`, {
      hint: "Give a new folder for each backup.",
    });
  }
}
