// The agent, `pilab-uploader run` with the options of its unit, over a folder that it watches: everything that the floor does
// and all that the issue asks of it, the journal on the disk too. It is measured, not this process, which only waits for it.
// PILAB_BENCH_MEASURES=1 reads pictures too; PILAB_BENCH_COMPILED is the folder of the compile cache.
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
// @boundaries-ignore the bench measures the app itself, as its own suites drive it
import { until } from "../../apps/uploader/test/agent/lab.ts";
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
  await until(() => agent.stored() >= files, { timeoutMs: 600_000 });
  const { cpuS, peakRssMb } = agent.usage();
  await agent.stop();
  process.stdout.write(`${JSON.stringify({ files, readyMs: agent.readyMs, cpuS, peakRssMb })}\n`);
} finally {
  await rm(stateFolder, { recursive: true, force: true });
}
