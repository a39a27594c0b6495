// `node src/footprint.ts`: what the agent costs a Pi, each number from a process of its own beside a local-supabase.
import { existsSync } from "node:fs";
import { link, mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createPilabClient } from "@pilab/storage-core";
import { makeJpeg, startTestSupabase } from "@pilab/testing";
// @boundaries-ignore the bench measures the app itself, as its own suites drive it
import { openJournal } from "../../apps/uploader/src/journal/journal.ts";
// @boundaries-ignore the bench measures the app itself, as its own suites drive it
import { until } from "../../apps/uploader/test/agent/lab.ts";
import { startAgent } from "./agent-process.ts";
import { makeFiles } from "./make-files.ts";

const AWAY = "http://127.0.0.1:9";
const IDLE_MS = Number(process.env.PILAB_BENCH_IDLE_S ?? 30) * 1000;
const RESERVE_BYTES = 16 * 1024 * 1024;
const LINKS_PER_FILE = 50_000;
/** Only cases whose title has this in it. */
const ONLY = process.env.PILAB_BENCH_ONLY ?? "";

const server = await startTestSupabase();
const admin = createPilabClient({ url: server.url, serviceKey: server.serviceRoleKey });
const compiled = await mkdtemp(join(tmpdir(), "pilab-compiled-"));
let devices = 0;
console.log(`node ${process.version}, ${process.arch}, agent beside a local-supabase on the same machine`);
try {
  await backlog(0, AWAY, "first start: compiles");
  await backlog(0, server.url, "idle, connected");
  await backlog(1_000, AWAY, "backlog of 1,000, server away");
  await backlog(100_000, AWAY, "backlog of 100,000, server away");
  await bulk("20 files of 25 MB", 20, 25_000_000);
  await bulk("20 files of 25 MB, --no-pictures", 20, 25_000_000, ["--no-pictures"]);
  await bulk("400 files of 500 KB", 400, 500_000);
  await bulk("400 files of 500 KB, --no-pictures", 400, 500_000, ["--no-pictures"]);
} finally {
  await admin.close();
  await server.stop();
  await rm(compiled, { recursive: true, force: true });
}

/** An agent that has this many files in its journal and on its disk; its memory after half a minute. */
async function backlog(files: number, url: string, title: string): Promise<void> {
  if (!title.includes(ONLY)) return;
  const folder = await mkdtemp(join(tmpdir(), "pilab-footprint-"));
  try {
    await fillJournal(folder, files);
    const agent = await start(folder, url);
    await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
    const { rssMb, cpuS } = agent.usage();
    console.log(
      `${title.padEnd(36)} start to ready ${agent.readyMs.toFixed(0)} ms, RSS ${rssMb.toFixed(0)} MB after ${IDLE_MS / 1000} s, CPU ${cpuS.toFixed(1)} s`,
    );
    await agent.stop();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** An agent that uploads a folder. */
async function bulk(title: string, files: number, sizeBytes: number, flags: string[] = []): Promise<void> {
  if (!title.includes(ONLY)) return;
  const folder = await mkdtemp(join(tmpdir(), "pilab-footprint-"));
  try {
    await mkdir(join(folder, "spool"));
    await makeFiles(join(folder, "spool"), files, sizeBytes);
    const startedAt = performance.now();
    const agent = await start(folder, server.url, flags);
    const rss: number[] = [];
    await until(
      () => {
        rss.push(agent.usage().rssMb);
        return agent.stored() >= files;
      },
      { timeoutMs: 600_000 },
    );
    const wallS = (performance.now() - startedAt) / 1000;
    const { cpuS, writtenBytes } = agent.usage();
    const gigabytes = (files * sizeBytes) / 1e9;
    const half = rss.slice(Math.floor(rss.length / 2));
    console.log(
      `${title.padEnd(36)} ${wallS.toFixed(1)} s from start, CPU ${(cpuS / gigabytes).toFixed(1)} s a GB, RSS at most ${Math.max(...rss).toFixed(0)} MB, second half ${Math.min(...half).toFixed(0)}–${Math.max(...half).toFixed(0)} MB, written to disk ${((writtenBytes - RESERVE_BYTES) / files / 1000).toFixed(1)} kB a capture beside the reserve`,
    );
    await agent.stop();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Links of few files: 100,000 names cost no space, and are as many files to the journal. */
async function fillJournal(folder: string, files: number): Promise<void> {
  const spool = join(folder, "spool");
  await mkdir(spool, { recursive: true });
  if (files === 0) return;
  const journal = openJournal({ folder });
  for (let index = 0; index < files; index += 1) {
    const source = join(folder, `source-${Math.floor(index / LINKS_PER_FILE)}`);
    if (!existsSync(source)) await writeFile(source, await makeJpeg({ width: 64, height: 48, seed: index }));
    const path = join(spool, `${index}.jpg`);
    await link(source, path);
    const { dev, ino, size, mtimeNs } = await stat(path, { bigint: true });
    journal.add({ path, device: dev, inode: ino, sizeBytes: Number(size), mtimeNs });
  }
  journal.close();
}

async function start(folder: string, url: string, flags: readonly string[] = []) {
  devices += 1;
  const { credentials } = await admin.devices.create({ slug: `footprint-${devices}` });
  const account = { ...credentials, url, anonKey: server.anonKey };
  return await startAgent({ stateFolder: folder, flags, account, compiled });
}
