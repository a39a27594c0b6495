import { createHash } from "node:crypto";
import { appendFile, copyFile, cp, mkdir, readdir, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { PilabError } from "@pilab/schema";
import { dataDirPaths, writeDurably } from "../data-dir.ts";
import { type Engine, openPglite } from "../engine.ts";
import { copyObjects, findDamaged, listObjects, readFileList, sha256OfFile } from "./files.ts";
import { BACKUP, type FileEntry, type Manifest, readManifest } from "./manifest.ts";
import { dumpRows } from "./rows.ts";

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
  const { engine, close } = await openSource(source, join(folder, BACKUP.snapshot));
  try {
    const view = await engine.transaction(async (tx) => {
      await tx.exec("set transaction isolation level repeatable read, read only");
      const { rows } = await tx.query<{ version: string }>(
        "select version from supabase_migrations.schema_migrations order by version",
      );
      const dumped = await dumpRows(tx, join(folder, BACKUP.rows));
      return { ...dumped, objects: await listObjects(tx), migrations: rows.map(({ version }) => version) };
    });
    const { objects, ...rest } = view;
    const files = await backUpFiles(objects, from.files, folder, onProgress);
    await copyFile(from.keys, join(folder, BACKUP.keys));
    const manifest: Manifest = {
      format: "pilab-local-backup/1",
      createdAt: now().toISOString(),
      engine: "engine" in source ? engine.kind : "pglite",
      ...rest,
      files,
    };
    await rm(join(folder, BACKUP.snapshot), { recursive: true, force: true });
    await writeDurably(join(folder, BACKUP.manifest), `${JSON.stringify(manifest, null, 2)}\n`);
    return manifest;
  } finally {
    await close();
  }
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
  const rows = tables.map(({ file, sha256 }) => ({ path: `${BACKUP.rows}/${file}`, size: 0, sha256 }));
  const list = { path: BACKUP.fileList, size: 0, sha256: files.sha256 };
  const damaged = await findDamaged(folder, [...rows, list]);
  if (damaged.includes(BACKUP.fileList)) return damaged;
  const entries = await readFileList(join(folder, BACKUP.fileList));
  return [
    ...damaged,
    ...(await findDamaged(join(folder, BACKUP.files), entries)).map((path) => `${BACKUP.files}/${path}`),
  ];
}

async function openSource(
  source: BackupOptions["source"],
  snapshotDir: string,
): Promise<{ engine: Engine; close: () => Promise<void> }> {
  if ("engine" in source) return { engine: source.engine, close: async () => {} };
  await source.snapshot(snapshotDir);
  const engine = await openPglite(snapshotDir);
  return { engine, close: () => engine.close() };
}

async function backUpFiles(
  objects: Awaited<ReturnType<typeof listObjects>>,
  fromDir: string,
  folder: string,
  onProgress: BackupOptions["onProgress"],
): Promise<Manifest["files"]> {
  const list = join(folder, BACKUP.fileList);
  const result = { count: 0, bytes: 0, missing: [] as string[] };
  await appendFile(list, "", { mode: 0o600 });
  for await (const { object, entries } of copyObjects(objects, fromDir, join(folder, BACKUP.files))) {
    if (!entries) {
      result.missing.push(object.version);
      continue;
    }
    await appendFile(list, entries.map((entry: FileEntry) => `${JSON.stringify(entry)}\n`).join(""), {
      flush: true,
    });
    result.count++;
    result.bytes += object.metadata.size;
    onProgress?.({ files: result.count, of: objects.length, bytes: result.bytes });
  }
  return {
    ...result,
    sha256: objects.length === 0 ? createHash("sha256").digest("hex") : (await sha256OfFile(list)).sha256,
  };
}

async function claimEmptyFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if ((await readdir(folder)).length > 0) {
    throw new PilabError("already_exists", `${folder} is not empty`, {
      hint: "Give a new folder for each backup.",
    });
  }
}
