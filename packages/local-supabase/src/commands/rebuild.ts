import { rename } from "node:fs/promises";
import { PilabError } from "@pilab/schema";
import { bootstrap } from "../bootstrap.ts";
import { dataDirPaths } from "../data-dir.ts";
import { openPglite, openPostgres } from "../engine.ts";
import { lockDataDir } from "../lock.ts";
import { migrate } from "../migrate.ts";
import { rebuild as makeRebuild, type RebuildReport } from "../rebuild/rebuild.ts";
import { MIGRATIONS_DIR } from "../server.ts";
import { commandFor, count, formatBytes, type Io, table } from "./io.ts";
import { folderBytes } from "./status.ts";

const PROBLEMS_SHOWN = 20;

/** Options of {@link rebuild}, as the command line gives them. */
export interface RebuildCommandOptions {
  dataDir: string;
  database?: string | undefined;
  /** Sets PGlite's folder aside first, when it cannot be opened any more. */
  fresh?: boolean;
  json?: boolean;
}

/** `pilab-local rebuild`: remakes the catalogue from what lies beside each object's file. */
export async function rebuild(
  { dataDir, database, fresh, json }: RebuildCommandOptions,
  io: Io,
): Promise<void> {
  const { root, db, files } = dataDirPaths(dataDir);
  // A folder named wrongly is told of, not made and rebuilt from nothing.
  if ((await folderBytes(files)) === 0) {
    throw new PilabError("not_found", `there are no objects in ${files}`, {
      hint: "Name the folder that holds them with --data-dir.",
    });
  }
  const lock = await lockDataDir(root);
  try {
    if (fresh && !database) await setAside(db, io);
    const engine = database ? await openPostgres(database) : await openPglite(db);
    try {
      const { migrationRole } = await bootstrap(engine, { storage: true });
      await migrate(engine, { dir: MIGRATIONS_DIR, role: migrationRole });
      io.err("Reading every object …");
      const report = await makeRebuild(engine, files, (objects) =>
        io.err(`  ${count(objects, "object")} read`),
      );
      if (json) io.out(JSON.stringify(report, null, 2));
      else for (const line of describe(report)) io.out(line);
      if (report.problems.length > 0) {
        throw new PilabError(
          "partly_done",
          `${count(report.problems.length, "file")} could not be brought back`,
          {
            hint: json
              ? undefined
              : `Their files are left as they are. All of them: ${commandFor("rebuild --json", dataDir)}`,
          },
        );
      }
    } finally {
      await engine.close();
    }
  } finally {
    await lock.release();
  }
}

async function setAside(db: string, io: Io): Promise<void> {
  const aside = `${db}.before-rebuild-${new Date().toISOString().replaceAll(/[:.]/g, "-")}`;
  try {
    await rename(db, aside);
    io.err(`The old database is set aside as ${aside}`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}

function describe(report: RebuildReport): string[] {
  const { objects, bytes, objectsAdded, capturesAdded, devicesMade, bucketsMade, problems } = report;
  const lines = table([
    ["Read", `${count(objects, "whole object")}, ${formatBytes(bytes)}`],
    ["Added", `${count(objectsAdded, "object's row", "objects' rows")}, ${count(capturesAdded, "capture")}`],
  ]);
  if (bucketsMade.length > 0)
    lines.push(
      ...table([["Buckets", `${bucketsMade.join(", ")} made anew, private and without limits: check them`]]),
    );
  if (devicesMade.length > 0) {
    lines.push(
      ...table([
        ["Devices", `${devicesMade.join(", ")} made anew, without accounts: give each new credentials`],
      ]),
    );
  }
  if (capturesAdded > 0) {
    lines.push(
      "",
      "Of these captures the file's own name, EXIF, sizes in pixels and measures are not known any more; their dates count as",
      "untrusted. What was in the trash is live again. Accounts, settings, counters of the past and the audit log come only",
      "from a backup.",
    );
  }
  if (problems.length > 0) {
    lines.push("", "Not brought back:");
    for (const { what, why } of problems.slice(0, PROBLEMS_SHOWN)) lines.push(`  ${what}: ${why}`);
    if (problems.length > PROBLEMS_SHOWN)
      lines.push(`  and ${count(problems.length - PROBLEMS_SHOWN, "more", "more")}`);
  }
  return lines;
}
