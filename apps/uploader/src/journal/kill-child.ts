// Run by kill.test.ts as a process of its own, to be killed: an agent in small, whose server is a file.
import { createHash, randomUUID } from "node:crypto";
import { appendFileSync, existsSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Journal, openJournal } from "./journal.ts";
import type { QueuedFile } from "./types.ts";

const [folder, files] = [process.argv[2] as string, Number(process.argv[3])];
const sentFile = join(folder, "sent.log");
const catalogueFile = join(folder, "catalogue.log");

const catalogue = new Map(readLines(catalogueFile).map((line) => line.split(" ") as [string, string]));
const journal = openJournal({ folder: join(folder, "state"), lingerMs: 15 });
process.stdout.write("open\n");

for (let index = 0; index < files; index += 1) {
  takeIn(join(folder, `${index}.jpg`));
  if (index % 20 === 0) await work(journal);
}
while (!isDone()) await work(journal);
journal.close();
process.stdout.write("done\n");

function takeIn(path: string): void {
  if (!existsSync(path)) return;
  const { dev, ino, size, mtimeNs } = statSync(path, { bigint: true });
  journal.add({ path, device: dev, inode: ino, sizeBytes: Number(size), mtimeNs });
}

function isDone(): boolean {
  const { queued, placed, stored, confirmed } = journal.counts();
  return queued.files + placed.files + stored.files + confirmed.files === 0;
}

async function work(journal: Journal): Promise<void> {
  const batch = journal.nextBatch({ order: "newest", limit: 8, nowMs: Date.now() });
  await Promise.all(batch.map(upload));
  await journal.confirm(journal.toConfirm({ afterMs: 0, limit: 5 }));
  const spare = journal.freeable({ limit: 5 });
  for (const { path } of spare) rmSync(path, { force: true });
  await journal.free(spare.map(({ id }) => id));
  const report = await journal.nextReport();
  if (report === undefined) return;
  appendFileSync(join(folder, "reports.log"), `${JSON.stringify(report)}\n`);
  journal.reported(report);
}

async function upload({ id, path, sizeBytes, placement }: QueuedFile): Promise<void> {
  const bytes = readFileSync(path);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  if (Math.random() < 0.1) return await journal.fail(id, "the server said 503", Date.now());
  const known = catalogue.get(sha256);
  const objectPath = known ?? placement?.objectPath ?? `pi/${randomUUID()}.jpg`;
  if (known === undefined) {
    const md5 = createHash("md5").update(bytes).digest("hex");
    const time = { capturedAt: new Date(0), capturedAtSource: "exif" as const, capturedAtTrusted: true };
    await journal.place(id, { sizeBytes, mtimeMs: null, sha256, md5, objectPath, ...time });
    appendFileSync(sentFile, `${sha256} ${objectPath}\n`);
    appendFileSync(catalogueFile, `${sha256} ${objectPath}\n`);
    catalogue.set(sha256, objectPath);
  }
  const outcome = known === undefined ? "uploaded" : "duplicate";
  await journal.store(id, { outcome, sha256, objectPath, captureId: sha256, verifiedBy: "etag" });
}

function readLines(path: string): string[] {
  if (!existsSync(path)) return [];
  // A line that a kill cut off was never an answer.
  return readFileSync(path, "utf8").split("\n").slice(0, -1);
}
