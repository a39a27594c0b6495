// uploadMany as a program would call it. PILAB_BENCH_MEASURES=1 reads pictures too (decode, measures, thumbnails).
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { createPilabClient } from "@pilab/storage-core";
import { readJob, report } from "./contestant.ts";

const job = readJob();
const pictures = process.env.PILAB_BENCH_MEASURES === "1";
const pilab = createPilabClient({
  url: job.url,
  key: job.anonKey,
  bucket: job.bucket,
  email: job.email,
  password: job.password,
});

const files = (await readdir(job.folder)).map((name) => join(job.folder, name));
const run = pilab.captures.uploadMany(files, {
  concurrency: job.concurrency,
  measures: pictures,
  thumbnails: pictures,
});
for await (const outcome of run) {
  if (outcome.outcome !== "uploaded" || outcome.verifiedBy !== "etag") {
    throw new Error(`${outcome.file}: ${outcome.outcome} ${outcome.verifiedBy} ${outcome.reason}`);
  }
}
const { timings } = run.summary();
await pilab.close();
report({ files: files.length, timings });
