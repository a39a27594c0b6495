// `npm run bench`: each table is one run on one machine; compare its rows with each other, never with another day's.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createPilabClient } from "@pilab/storage-core";
import { startTestSupabase } from "@pilab/testing";
import { type Job, type Measurement, measure } from "./contestant.ts";
import { makeFiles } from "./make-files.ts";

const ROUNDS = Number(process.env.PILAB_BENCH_ROUNDS ?? 3);
const floor = join(import.meta.dirname, "floor.ts");
const uploadMany = join(import.meta.dirname, "upload-many.ts");
const agent = join(import.meta.dirname, "agent.ts");

/** A row of a table: a contestant and the variables it runs under. */
interface Contestant {
  name: string;
  script: string;
  env: Record<string, string>;
}
const FLOOR: Contestant = { name: "floor: bare undici loop", script: floor, env: {} };
const HASHING: Contestant = {
  name: "floor + SHA-256 and MD5",
  script: floor,
  env: { PILAB_BENCH_HASH: "1" },
};
const UPLOAD: Contestant = { name: "uploadMany, pictures unread", script: uploadMany, env: {} };
const FULL: Contestant = {
  name: "uploadMany, measures and thumbnails",
  script: uploadMany,
  env: { PILAB_BENCH_MEASURES: "1" },
};

const work = await mkdtemp(join(tmpdir(), "pilab-bench-"));
// Warm after the first round, as on a Pi after its first boot.
const compiled = { PILAB_BENCH_COMPILED: join(work, "compiled") };
const AGENT: Contestant = { name: "the agent, --no-pictures", script: agent, env: compiled };
const AGENT_FULL: Contestant = {
  name: "the agent, measures and thumbnails",
  script: agent,
  env: { ...compiled, PILAB_BENCH_MEASURES: "1" },
};
const ALL = [FLOOR, HASHING, UPLOAD, FULL, AGENT, AGENT_FULL];
try {
  console.log(
    `node ${process.version}, ${process.arch}, concurrency 4, server: local-supabase on PGlite, another process`,
  );
  await compare("400 files of 500 KB", 400, 500_000, ALL);
  await compare("100 files of 4 MB", 100, 4_000_000, ALL);
  await memory([1_000, 10_000], 20_000);
} finally {
  await rm(work, { recursive: true, force: true });
}

/** All contestants in turn, `ROUNDS` times, each against a new device on a fresh server. */
async function compare(
  title: string,
  count: number,
  sizeBytes: number,
  contestants: Contestant[],
): Promise<void> {
  const folder = join(work, `${count}x${sizeBytes}`);
  await makeFiles(folder, count, sizeBytes);
  const runs = new Map<Contestant, Measurement[]>(contestants.map((contestant) => [contestant, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const contestant of contestants) runs.get(contestant)?.push(await runOnce(contestant, folder));
  }
  const base = medians(runs.get(FLOOR) ?? []);
  console.log(`\n${title}, medians of ${ROUNDS} (whole process; ratios against the floor)`);
  console.log(
    "| contestant | wall s | speed | CPU s | CPU ratio | peak RSS MB | RSS ratio |\n|---|---|---|---|---|---|---|",
  );
  for (const [{ name }, measurements] of runs) {
    const m = medians(measurements);
    console.log(
      `| ${name} | ${m.wallS.toFixed(2)} | ${(base.wallS / m.wallS).toFixed(2)} | ${m.cpuS.toFixed(2)} | ` +
        `${(m.cpuS / base.cpuS).toFixed(2)} | ${m.peakRssMb.toFixed(0)} | ${(m.peakRssMb / base.peakRssMb).toFixed(2)} |`,
    );
    const timings = measurements.at(-1)?.said.timings as Record<string, number> | undefined;
    if (process.env.PILAB_BENCH_STAGES && timings)
      console.log(`  stages, ms summed over files: ${JSON.stringify(timings)}`);
  }
  await rm(folder, { recursive: true });
}

async function memory(counts: number[], sizeBytes: number): Promise<void> {
  console.log(`\nmemory of uploadMany, files of ${sizeBytes / 1000} KB, pictures unread`);
  console.log("| files | wall s | files/s | peak RSS MB |\n|---|---|---|---|");
  for (const count of counts) {
    const folder = join(work, `memory-${count}`);
    await makeFiles(folder, count, sizeBytes);
    const m = await runOnce(UPLOAD, folder);
    console.log(
      `| ${count} | ${m.wallS.toFixed(1)} | ${(count / m.wallS).toFixed(0)} | ${m.peakRssMb.toFixed(0)} |`,
    );
    await rm(folder, { recursive: true });
  }
}

async function runOnce({ script, env }: Contestant, folder: string): Promise<Measurement> {
  const server = await startTestSupabase();
  const admin = createPilabClient({ url: server.url, serviceKey: server.serviceRoleKey });
  try {
    const { device, credentials } = await admin.devices.create({ slug: "bench" });
    const job: Job = {
      url: server.url,
      anonKey: server.anonKey,
      ...credentials,
      bucket: "pilab-dev",
      slug: device.slug,
      folder,
      concurrency: 4,
    };
    return await measure(script, job, env);
  } finally {
    await admin.close();
    await server.stop();
  }
}

function medians(runs: Measurement[]): Measurement {
  const median = (values: number[]) =>
    values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
  return {
    wallS: median(runs.map((run) => run.wallS)),
    cpuS: median(runs.map((run) => run.cpuS)),
    peakRssMb: median(runs.map((run) => run.peakRssMb)),
    said: {},
  };
}
