// Run by free-sidecars.test.ts as a process of its own: one look at the disk, killed before its n-th deletion.
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { openJournal } from "../journal/journal.ts";
import { openReserve } from "../space/index.ts";
import { createFreePass } from "./free-pass.ts";

const [base, killAt] = [process.argv[2] as string, Number(process.argv[3])];

const { unlinkSync } = fs;
let deletions = 0;
fs.unlinkSync = (path) => {
  deletions += 1;
  if (deletions === killAt) process.kill(process.pid, "SIGKILL");
  unlinkSync(path);
};
syncBuiltinESMExports();

const journal = openJournal({ folder: join(base, "state") });
await createFreePass({
  journal,
  roots: [join(base, "spool")],
  folders: [],
  keepLocalMs: 0,
  maxDiskPercent: 99,
  freeEveryMs: 0,
  mayGo: async (files) => new Set(files.map(({ id }) => id)),
  reserve: openReserve(join(base, "reserve"), 4096),
  brakePath: join(base, "brake"),
  logger: { info() {}, warn() {}, error() {} },
}).run();
journal.close();
