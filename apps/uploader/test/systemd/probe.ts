// What the agent leans on, in one small service: run by the units that `install` writes, under a real systemd.

import { lookup } from "node:dns/promises";
import { mkdirSync, readFileSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout } from "node:timers/promises";
import sharp from "sharp";
import { takeClockStamp } from "../../src/clock/index.ts";
import { createCardWrites } from "../../src/health/index.ts";
import { openReserve, readDiskUsage } from "../../src/space/index.ts";
import { createNotifier, createProgress, runWatchdog } from "../../src/systemd/index.ts";

const { env, argv } = process;
const notifier = createNotifier({ env });
const stop = new AbortController();
process.once("SIGTERM", () => stop.abort());

const attempt = (action: () => unknown) => {
  try {
    action();
    return "done";
  } catch (error) {
    return error instanceof Error && "code" in error ? error.code : String(error);
  }
};
const state = env.STATE_DIRECTORY ?? "";
const database = new DatabaseSync(join(state, "journal.db"));
database.exec(
  "pragma journal_mode = wal; create table if not exists starts (at); insert into starts values (1)",
);
const picture = sharp({ create: { width: 640, height: 480, channels: 3, background: "green" } });
const { PILAB_CREDENTIALS_FILE: credentials } = env;
const found = {
  args: argv.slice(2),
  user: process.getuid?.(),
  credentials: credentials === undefined ? null : readFileSync(credentials, "utf8"),
  pictureBytes: (await picture.jpeg().toBuffer()).length,
  reserve: await openReserve(join(state, "reserve"), 1024 * 1024).make(),
  spool: attempt(() => mkdirSync(join(state, "spool"), { recursive: true })),
  disk: (await readDiskUsage(state)).totalBytes > 0,
  boot: takeClockStamp().bootId !== null,
  writes: createCardWrites({ store: { load: () => undefined, save: () => {} } }).today() !== null,
  localhost: (await lookup("localhost")).address,
  // Another user's picture in a folder of `--free`, and one beside it.
  freesCam: attempt(() => unlinkSync("/srv/cam/a.jpg")),
  freesOther: attempt(() => unlinkSync("/srv/other/a.jpg")),
  writesEtc: attempt(() => writeFileSync("/etc/pilab-probe", "")),
  readsSecret: attempt(() => readFileSync("/etc/pilab-uploader/device.json")),
};
process.stdout.write(`${JSON.stringify(found)}\n`);
const watchdog = runWatchdog({ notifier, env, stuck: createProgress().stuck, signal: stop.signal });
process.stdout.write(`ready: ${await notifier.ready("watching, 0 queued")}\n`);
if (env.PROBE_HANGS !== undefined) {
  await setTimeout(500);
  for (;;); // as a bug would
}
const alive = setInterval(() => {}, 1000);
await watchdog;
clearInterval(alive);
await notifier.stopping("parking uploads");
process.stdout.write("ended in order\n");
