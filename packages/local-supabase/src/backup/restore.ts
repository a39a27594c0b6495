import { copyFile, cp, mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { PilabError } from "@pilab/schema";
import { bootstrap } from "../bootstrap.ts";
import { dataDirPaths, readKeys } from "../data-dir.ts";
import { type Engine, openPglite, openPostgres } from "../engine.ts";
import { migrate, readMigrations } from "../migrate.ts";
import { verifyBackup } from "./backup.ts";
import { findDamaged, readFileList } from "./files.ts";
import { BACKUP, type Manifest, readManifest } from "./manifest.ts";
import { loadRows } from "./rows.ts";

/** What {@link restore} needs. */
export interface RestoreOptions {
  from: string;
  /** A data folder without database and objects, whose lock the caller holds. */
  dataDir: string;
  /** A Postgres URL; without it the rows go into PGlite. */
  database?: string | undefined;
  migrationsDir: string;
}

/**
 * Makes a data folder anew from a backup of either engine. All or nothing: what fails leaves no half-filled folder.
 *
 * @throws PilabError `server_lied` when the backup is damaged, `already_exists` when the target holds something
 */
export async function restore({ from, dataDir, database, migrationsDir }: RestoreOptions): Promise<Manifest> {
  const folder = resolve(from);
  const manifest = await readManifest(folder);
  const to = dataDirPaths(dataDir);
  await refuseFilled(to.files);
  if (!database) await refuseFilled(to.db);
  if (!(await readKeys(folder))) throw new PilabError("server_lied", `${folder} has no ${BACKUP.keys}`);
  const damaged = await verifyBackup(folder);
  if (damaged.length > 0) {
    throw new PilabError(
      "server_lied",
      `the backup is damaged: ${damaged.length} files differ or are missing, first ${damaged[0]}`,
    );
  }
  try {
    await restoreFiles(folder, to.files);
    const engine = database ? await openPostgres(database) : await openPglite(to.db);
    try {
      await restoreRows(engine, folder, { manifest, migrationsDir });
    } finally {
      await engine.close();
    }
    await copyFile(join(folder, BACKUP.keys), to.keys);
    return manifest;
  } catch (error) {
    await rm(to.files, { recursive: true, force: true });
    if (!database) await rm(to.db, { recursive: true, force: true });
    throw error;
  }
}

async function restoreFiles(folder: string, filesDir: string): Promise<void> {
  await mkdir(filesDir, { recursive: true, mode: 0o700 });
  await cp(join(folder, BACKUP.files), filesDir, { recursive: true }).catch(
    (error: NodeJS.ErrnoException) => {
      // A backup of no objects has no such folder.
      if (error.code !== "ENOENT") throw error;
    },
  );
  const damaged = await findDamaged(filesDir, readFileList(join(folder, BACKUP.fileList)));
  if (damaged.length > 0)
    throw new PilabError("server_lied", `${damaged[0]} does not read back as it was written`);
}

async function restoreRows(
  engine: Engine,
  folder: string,
  { manifest, migrationsDir }: { manifest: Manifest; migrationsDir: string },
): Promise<void> {
  const { migrationRole } = await bootstrap(engine, { storage: true });
  await refuseFilledDatabase(engine);
  await withMigrations(migrationsDir, manifest.migrations, (dir) =>
    migrate(engine, { dir, role: migrationRole }),
  );
  await engine.transaction(async (tx) => {
    await loadRows(tx, join(folder, BACKUP.rows), manifest);
    // Their files were not there to be copied.
    await tx.query("delete from storage.objects where version = any($1::text[])", [manifest.files.missing]);
  });
}

/** Runs `apply` over exactly the migrations that the rows fit; the next start applies what came since. */
async function withMigrations(
  dir: string,
  versions: readonly string[],
  apply: (dir: string) => Promise<unknown>,
): Promise<void> {
  const known = new Map(
    (await readMigrations(dir)).map((migration) => [migration.version, migration.fileName]),
  );
  const unknown = versions.find((version) => !known.has(version));
  if (unknown) {
    throw new PilabError(
      "conflict",
      `the backup was made by a PiLab with migration ${unknown}, which this one has not`,
      {
        hint: "Restore it with that version of PiLab, or a later one.",
      },
    );
  }
  const chosen = await mkdtemp(join(tmpdir(), "pilab-migrations-"));
  try {
    for (const version of versions) {
      const fileName = known.get(version) as string;
      await copyFile(join(dir, fileName), join(chosen, fileName));
    }
    await apply(chosen);
  } finally {
    await rm(chosen, { recursive: true, force: true });
  }
}

async function refuseFilled(dir: string): Promise<void> {
  const names = await readdir(dir).catch(() => []);
  // Folders that the server makes at each start hold nothing.
  if (names.every((name) => name.startsWith("."))) return;
  throw new PilabError("already_exists", `${dir} is not empty: a restore never overwrites`, {
    hint: "Give another folder with --data-dir, or empty this one with: pilab-local reset",
  });
}

async function refuseFilledDatabase(engine: Engine): Promise<void> {
  const { rows } = await engine.transaction((tx) =>
    tx.query<{ filled: boolean }>(
      "select to_regclass('supabase_migrations.schema_migrations') is not null as filled",
    ),
  );
  if (!rows[0]?.filled) return;
  throw new PilabError("already_exists", "the database is not empty: a restore never overwrites", {
    hint: "Give an empty database: create database pilab;",
  });
}
