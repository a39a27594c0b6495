import { rm } from "node:fs/promises";
import { PilabError } from "@pilab/schema";
import { dataDirPaths } from "../data-dir.ts";
import { lockDataDir } from "../lock.ts";
import { formatBytes, type Io } from "./io.ts";
import { folderBytes } from "./status.ts";

/** `pilab-local reset`: removes database and objects, when the bucket's name is given in so many letters. */
export async function reset(
  { dataDir, bucket, confirm }: { dataDir: string; bucket: string; confirm?: string | undefined },
  io: Io,
): Promise<void> {
  const { root, db, files } = dataDirPaths(dataDir);
  const lock = await lockDataDir(root);
  try {
    const databaseBytes = await folderBytes(db);
    const bytes = databaseBytes + (await folderBytes(files));
    if (bytes === 0) {
      io.out(`Nothing to remove: ${root} has no database and no objects.`);
      return;
    }
    io.err(`This removes the database and every object in ${root}: ${formatBytes(bytes)}, with no way back.`);
    if (databaseBytes === 0) {
      io.err("Its database is elsewhere (--database) and stays: its rows will name objects that are gone.");
    }
    const answer = confirm ?? (await io.ask(`Type the name of the bucket (${bucket}) to go on: `));
    if (answer === undefined) {
      throw new PilabError("invalid_input", "nobody is at a terminal to confirm", {
        hint: `Confirm with: --confirm ${bucket}`,
      });
    }
    if (answer.trim() !== bucket) {
      throw new PilabError(
        "invalid_input",
        `${JSON.stringify(answer)} is not ${JSON.stringify(bucket)}: nothing was removed`,
      );
    }
    await rm(db, { recursive: true, force: true });
    await rm(files, { recursive: true, force: true });
    io.out(
      `Removed ${formatBytes(bytes)}. The keys stay as they are; the next start makes a new database and admin password.`,
    );
  } finally {
    await lock.release();
  }
}
