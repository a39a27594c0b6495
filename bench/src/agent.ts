// The agent, `pilab-uploader run` with the options of its unit, over a folder that it watches: everything that the floor does
// and all that the issue asks of it, the journal on the disk too. It is measured, not this process, which only waits for it
// and imports little: what it loads before is in the time.
// PILAB_BENCH_MEASURES=1 reads pictures too; PILAB_BENCH_COMPILED is the folder of the compile cache.
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { startAgent } from "./agent-process.ts";
import { readJob } from "./contestant.ts";

const job = readJob();
const pictures = process.env.PILAB_BENCH_MEASURES === "1" ? [] : ["--no-pictures"];
const { length: files } = await readdir(job.folder);
const stateFolder = await mkdtemp(join(tmpdir(), "pilab-bench-agent-"));
try {
  const agent = await startAgent({
    stateFolder,
    flags: ["--folder", job.folder, "--concurrency", String(job.concurrency), ...pictures],
    account: job,
    compiled: process.env.PILAB_BENCH_COMPILED ?? stateFolder,
  });
  const signal = AbortSignal.timeout(600_000);
  while (agent.stored() < files) await setTimeout(5, undefined, { signal });
  const { cpuS, peakRssMb } = agent.usage();
  await agent.stop();
  process.stdout.write(`${JSON.stringify({ files, readyMs: agent.readyMs, cpuS, peakRssMb })}\n`);
} finally {
  await rm(stateFolder, { recursive: true, force: true });
}
