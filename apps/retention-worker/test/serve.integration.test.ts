import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type requestArgs, retentionPreview, runAnswer } from "@pilab/schema";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { BUCKET, type RetentionLab, startRetentionLab } from "./lab.ts";
import { type RunningCommand, startWorker } from "./run-worker.ts";

let lab: RetentionLab;
let serving: RunningCommand | undefined;

beforeAll(async () => {
  lab = await startRetentionLab();
});
afterAll(() => lab?.stop());
beforeEach(async () => {
  await lab.empty();
  await lab.rows("delete from public.worker_requests");
});
afterEach(async () => {
  serving?.kill("SIGKILL");
  await serving?.result;
});

const serve = async (schedule = "0 2 * * *", env: Record<string, string> = {}) => {
  serving = startWorker(["serve", "--schedule", schedule], { ...lab.env, ...env });
  await serving.said('"msg":"serving"');
  return serving;
};
const until = async (is: () => Promise<boolean>) => {
  const endsAt = performance.now() + 40_000;
  while (!(await is())) {
    if (performance.now() > endsAt) throw new Error("it did not come to be");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

test("runs on its schedule, and ends within seconds of SIGTERM with exit code 0", async () => {
  await lab.fill({ count: 60, everySeconds: 1 });
  await lab.fill({ count: 5, daysAgo: 40 });
  await lab.admin.retention.policies.create({ keep_days: 30 });
  // With seconds, of which croner knows.
  const worker = await serve("*/2 * * * * *");
  await until(
    async () => (await lab.admin.retention.runs.list({ bucket: BUCKET, states: ["done"] })).runs.length > 0,
  );
  const told = performance.now();
  worker.kill("SIGTERM");
  expect(await worker.result).toMatchObject({ code: 0 });
  expect(performance.now() - told).toBeLessThan(8000);
  const done = (await lab.admin.retention.runs.list({ bucket: BUCKET })).runs.at(-1);
  expect(done).toMatchObject({ state: "done", trashed_files: 5 });
});

test("answers a preview, with a draft policy in it, and a dry run", async () => {
  await lab.fill({ count: 200, everySeconds: 86_400 / 4 });
  await serve();
  const { client } = lab.worker();
  const asked = await client.requests.ask("preview", { days: 10, policy: { keep_days: 20 } });
  const answer = await client.requests.wait(asked.id, { timeoutMs: 30_000, everyMs: 100 });
  expect(answer).toMatchObject({ state: "done", error: null });
  const preview = retentionPreview.parse(answer.result);
  expect(preview.policies).toMatchObject([{ policy: { id: null, keep_days: 20 } }]);
  expect(preview.policies[0]?.removed_files[0]).toBeGreaterThan(100);
  const dry = await client.requests.ask("run", { retention_days: 20, dry_run: true });
  const { result } = await client.requests.wait(dry.id, { timeoutMs: 30_000, everyMs: 100 });
  const [run] = runAnswer.parse(result).runs;
  expect(await client.retention.runs.get(run?.id ?? "")).toMatchObject({ dry_run: true, state: "done" });
});

test("is held by the brake, and goes on with that plan when a person confirms it", async () => {
  await lab.fill({ count: 10 });
  await lab.fill({ count: 10, daysAgo: 40 });
  await lab.admin.retention.policies.create({ keep_days: 30 });
  await serve();
  const { client } = lab.worker();
  const ask = async (args: Parameters<typeof requestArgs.run.parse>[0]) => {
    const { id } = await client.requests.ask("run", args as Record<string, unknown>);
    const { result, error } = await client.requests.wait(id, { timeoutMs: 30_000, everyMs: 100 });
    expect(error).toBeNull();
    return (result as { runs: { id: string; state: string; digest: string }[] }).runs;
  };
  const [held] = await ask({});
  expect(held).toMatchObject({ state: "braked" });
  const [done] = await ask({ plan: held?.digest, confirm: true });
  expect(done).toMatchObject({ id: held?.id, state: "done", trashed_files: 10 });
});

test("says in the request what is wrong with it, and goes on", async () => {
  await serve();
  const { client } = lab.worker();
  await lab.rows(`insert into public.worker_requests (kind, args) values ('preview', '{"days": "many"}')`);
  const { id } = await client.requests.ask("run", { plan: "0".repeat(64) });
  const answer = await client.requests.wait(id, { timeoutMs: 30_000, everyMs: 100 });
  expect(answer).toMatchObject({ state: "failed", error: expect.stringContaining("there is no plan") });
  const [bad] = await lab.rows("select state, error from public.worker_requests where kind = 'preview'");
  expect(bad).toMatchObject({ state: "failed", error: expect.stringContaining("days") });
});

test("takes up a request that a dead worker left, and leaves one that is worked on", async () => {
  await lab.rows(`insert into public.worker_requests (kind, state, worker, started_at) values
    ('preview', 'running', 'dead', now() - interval '10 minutes'), ('preview', 'running', 'alive', now())`);
  await serve();
  const states = () =>
    lab.rows("select worker = 'alive' as alive, state from public.worker_requests order by 1");
  await until(async () => (await states())[0]?.state === "done");
  expect(await states()).toEqual([
    { alive: false, state: "done" },
    { alive: true, state: "running" },
  ]);
});

test("goes on with a killed run when it starts, and says each minute that it lives where HEARTBEAT_URL says", async () => {
  await lab.fill({ count: 60, everySeconds: 1 });
  await lab.fill({ count: 40, daysAgo: 40 });
  await lab.admin.retention.policies.create({ keep_days: 30 });
  const killed = startWorker(["run", "--confirm"], { ...lab.env, CHUNK_SIZE: "5", CHUNK_DELAY: "0.3" });
  await until(
    async () => (await lab.rows("select 1 from public.captures where deleted_at is not null")).length > 0,
  );
  killed.kill("SIGKILL");
  await killed.result;
  // As if its minute were over.
  await lab.rows("update public.leases set expires_at = clock_timestamp()");
  let beats = 0;
  const watcher = createServer((_request, response) => {
    beats++;
    response.end("ok");
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => watcher.once("listening", resolve));
  try {
    await serve("0 2 1 1 *", {
      HEARTBEAT_URL: `http://127.0.0.1:${(watcher.address() as AddressInfo).port}/`,
    });
    const runs = async () => (await lab.admin.retention.runs.list({ bucket: BUCKET })).runs;
    await until(async () => (await runs()).every(({ state }) => state === "done"));
    expect(await runs()).toMatchObject([
      { state: "done", trashed_files: 40, confirmed_by: expect.any(String) },
    ]);
    await until(async () => beats > 0);
  } finally {
    watcher.close();
  }
});
