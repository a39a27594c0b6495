// `npm run bench:retention`: the retention worker's purge beside a bare loop of batch removals, its plan over a million captures
// with the memory it takes, and workers killed at random over 50,000 captures. Takes about a quarter of an hour.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { seedCaptures } from "@pilab/testing";
// @boundaries-ignore the bench measures the app itself, as its own suites drive it
import { killUntilDone } from "../../apps/retention-worker/test/kill-run.ts";
// @boundaries-ignore the bench measures the app itself, as its own suites drive it
import { type RetentionLab, startRetentionLab } from "../../apps/retention-worker/test/lab.ts";

const ENGINE = process.env.PILAB_BENCH_ENGINE === "pglite" ? "pglite" : "postgres";
const PURGED = Number(process.env.PILAB_BENCH_PURGED ?? 20_000);
const PLANNED = Number(process.env.PILAB_BENCH_PLANNED ?? 1_000_000);
const KILLS = Number(process.env.PILAB_BENCH_KILLS ?? 100);
const KILLED_OVER = Number(process.env.PILAB_BENCH_KILLED_OVER ?? 50_000);

const MAIN = fileURLToPath(new URL("../../apps/retention-worker/src/main.ts", import.meta.url));
// Says at the end what the process took at most.
const TELL_RSS =
  'data:text/javascript,process.on("exit",()=>process.stderr.write("maxRSS "+process.resourceUsage().maxRSS))';

console.log(`node ${process.version}, ${process.arch}; server: local-supabase on ${ENGINE}, same machine`);
if (PURGED > 0) await purge();
if (PLANNED > 0) await plan();
if (KILLS > 0) await kill();

/** The same objects and thumbnails, removed by the floor and purged by the worker: objects without files, as neither reads them. */
async function purge(): Promise<void> {
  console.log(`\npurge of ${PURGED} captures, each with its thumbnail`);
  for (const size of [100, 500]) {
    await withLab(async (lab) => {
      await lab.fill({ count: PURGED, everySeconds: 1, trashedDaysAgo: 8, withThumbnails: true });
      const seconds = await timed(() => bareLoop(lab, size));
      report(`bare loop of removals, ${size} a call`, seconds, PURGED);
    });
    await withLab(async (lab) => {
      await lab.fill({ count: PURGED, everySeconds: 1, trashedDaysAgo: 8, withThumbnails: true });
      const env = { CHUNK_SIZE: String(size), CHUNK_DELAY: "0" };
      const seconds = await timed(() => worker(lab, ["run", "--json"], env));
      const [{ n } = { n: 0 }] = await lab.rows<{ n: number }>(
        "select count(*)::int as n from public.captures where purged_at is not null",
      );
      if (n !== PURGED) throw new Error(`${n} of ${PURGED} were purged`);
      report(`pilab-retention run, CHUNK_SIZE=${size} CHUNK_DELAY=0`, seconds, PURGED);
    });
  }
}

/** The floor: Storage's batch removal and nothing else; no claim, no second look, no catalogue. */
async function bareLoop({ supabase, rows }: RetentionLab, size: number): Promise<void> {
  const paths = await rows<{ name: string }>(
    "select name from storage.objects where bucket_id = 'pilab-dev'",
  );
  const headers = {
    authorization: `Bearer ${supabase.serviceRoleKey}`,
    "content-type": "application/json",
  };
  const remove = async (bucket: string, prefixes: string[]) => {
    const answer = await fetch(`${supabase.url}/storage/v1/object/${bucket}`, {
      method: "DELETE",
      headers,
      body: JSON.stringify({ prefixes }),
    });
    if (!answer.ok) throw new Error(await answer.text());
    await answer.arrayBuffer();
  };
  for (let at = 0; at < paths.length; at += size) {
    const batch = paths.slice(at, at + size).map(({ name }) => name);
    await remove("pilab-dev", batch);
    await remove(
      "pilab-dev-thumbs",
      batch.map((name) => `${name}.webp`),
    );
  }
}

/** A dry run: the whole plan, and nothing else. */
async function plan(): Promise<void> {
  console.log(
    `\na plan over ${PLANNED} captures (dry run): 20 devices, a third of the captures to be removed`,
  );
  await withLab(async (lab) => {
    const seconds = await timed(() =>
      seedCaptures(lab.supabase.sql, { captures: PLANNED, days: 60, devices: 20 }),
    );
    console.log(`  (rows made by SQL in ${seconds.toFixed(0)} s)`);
    const policies = [
      ["keep_days", { keep_days: 40 }],
      [
        "keep_days and thinning to the sharpest of an hour",
        { keep_days: 40, thin_every: "hour", thin_after_days: 2, thin_keep: "sharpest" },
      ],
      ["max_bytes, which must remember every capture", { max_bytes: Math.round(PLANNED * 0.66) * 500_000 }],
    ] as const;
    for (const [name, policy] of policies) {
      const { id } = await lab.admin.retention.policies.create(policy);
      let told = { removed: 0, maxRssMb: 0 };
      const seconds = await timed(async () => {
        told = await worker(lab, ["run", "--dry-run", "--json"]);
      });
      report(name, seconds, PLANNED, `${told.removed} to go, at most ${told.maxRssMb} MB`);
      await lab.admin.retention.policies.remove(id);
    }
  });
}

/** Workers killed at random, then the books; throws when these are wrong. */
async function kill(): Promise<void> {
  console.log(`\n${KILLS} workers killed at random over ${KILLED_OVER} captures`);
  await withLab(async (lab) => {
    const part = Math.round(KILLED_OVER / 5);
    await lab.fill({ count: part, everySeconds: 1, withThumbnails: true });
    await lab.fill({ count: 2 * part, daysAgo: 40, everySeconds: 1, withThumbnails: true });
    await lab.fill({
      count: 2 * part,
      daysAgo: 50,
      everySeconds: 1,
      trashedDaysAgo: 8,
      withThumbnails: true,
    });
    await lab.admin.retention.policies.create({ keep_days: 30 });
    let killed = 0;
    const env = { CHUNK_SIZE: "50", CHUNK_DELAY: "0.1" };
    const seconds = await timed(async () => {
      ({ killed } = await killUntilDone(lab, { kills: KILLS, lifeMs: 3000, env }));
    });
    const [counts] = await lab.rows(
      `select count(*) filter (where deleted_at is null)::int as live, count(*) filter (where deleted_at is not null and purging_at is null)::int as trashed,
         count(*) filter (where purged_at is not null)::int as purged from public.captures`,
    );
    console.log(
      `  ${killed} died at work; ${seconds.toFixed(0)} s; the books agree: ${JSON.stringify(counts)}`,
    );
  });
}

async function withLab(work: (lab: RetentionLab) => Promise<void>): Promise<void> {
  const lab = await startRetentionLab(ENGINE);
  try {
    await work(lab);
  } finally {
    await lab.stop();
  }
}

/** Runs `pilab-retention` past the proxy; gives what it planned and its peak memory. */
async function worker(lab: RetentionLab, args: string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, ["--import", TELL_RSS, MAIN, ...args], {
    env: { PATH: process.env.PATH ?? "", ...lab.env, SUPABASE_URL: lab.supabase.url, ...env },
  });
  const text = async (stream: NodeJS.ReadableStream) => {
    let all = "";
    for await (const piece of stream.setEncoding("utf8")) all += piece;
    return all;
  };
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  if ((await ended) !== 0) throw new Error(`pilab-retention ${args.join(" ")} failed: ${stdout}${stderr}`);
  const { planned_files } = JSON.parse(stdout) as { planned_files: number };
  const maxRssMb = Math.round(Number(/maxRSS (\d+)/.exec(stderr)?.[1]) / 1024);
  return { removed: planned_files, maxRssMb };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1000;
}

function report(name: string, seconds: number, count: number, more = ""): void {
  const rate = Math.round(count / seconds).toLocaleString("en-US");
  console.log(`  ${name}: ${seconds.toFixed(1)} s, ${rate} captures/s${more && `, ${more}`}`);
}
