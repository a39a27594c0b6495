import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createPilabClient, type PilabClient } from "@pilab/storage-core";
import { childEnvironment, makeJpeg, startTestSupabase, type TestSupabase } from "@pilab/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort } from "./free-port.ts";
import { hasProgram } from "./has-program.ts";
import { dashboardServer } from "./lab.ts";

// The routes for programs, on the production build, without a browser.

let supabase: TestSupabase;
let service: PilabClient;
const servers: ChildProcess[] = [];

beforeAll(async () => {
  supabase = await startTestSupabase();
  service = createPilabClient({ url: supabase.url, serviceKey: supabase.serviceRoleKey });
  const { credentials } = await service.devices.create({ slug: "pi-1", expected_interval_s: 60 });
  const pilab = createPilabClient({ url: supabase.url, key: supabase.anonKey, ...credentials });
  await pilab.captures.uploadAndLog(await makeJpeg({ width: 64, height: 48, seed: 1 }), {
    fileName: "a.jpg",
  });
  await pilab.close();
});
afterAll(async () => {
  for (const server of servers) {
    if (server.exitCode !== null) continue;
    const gone = new Promise((resolve) => server.once("exit", resolve));
    server.kill("SIGTERM");
    await gone;
  }
  await service?.close();
  await supabase?.stop();
});

/** A dashboard with the service key; its address on this machine. */
async function dashboard(change: Record<string, string> = {}): Promise<string> {
  const port = await freePort();
  const child = spawn(process.execPath, [await dashboardServer()], {
    env: {
      ...childEnvironment(),
      NODE_ENV: "production",
      NEXT_TELEMETRY_DISABLED: "1",
      PORT: String(port),
      HOSTNAME: "127.0.0.1",
      SUPABASE_URL: supabase.url,
      SUPABASE_ANON_KEY: supabase.anonKey,
      SUPABASE_SERVICE_ROLE_KEY: supabase.serviceRoleKey,
      ...change,
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  servers.push(child);
  await new Promise<void>((resolve, reject) => {
    child.stdout.on("data", (chunk) => /Ready in/.test(String(chunk)) && resolve());
    child.once("exit", (code) => reject(new Error(`the dashboard ended with ${code}`)));
  });
  return `http://127.0.0.1:${port}`;
}

test("health is 503 until a worker ticks, then 200, and 503 again when its tick is three minutes old, for anybody", async () => {
  const url = await dashboard({ HOSTNAME: "0.0.0.0" });
  const dead = await fetch(`${url}/api/health`);
  expect(dead.status).toBe(503);
  expect(await dead.json()).toMatchObject({
    status: "unhealthy",
    dependencies: [
      { name: "auth", ok: true },
      { name: "rest", ok: true },
      { name: "storage", ok: true },
    ],
    worker: { state: "dead", alive: false, tick_at: null },
  });
  const worker = { name: "retention", host: "lab", version: "1", started_at: null, schedule: null };
  await service.workers.tick({ ...worker, last_error: null, channels: {} });
  // The answer is kept for five seconds.
  const status = async () => (await fetch(`${url}/api/health`)).status;
  await expect.poll(status, { timeout: 15_000 }).toBe(200);
  await supabase.sql.transaction(async (tx) => {
    // The trigger would set it to now.
    await tx.exec("set local session_replication_role = replica");
    await tx.exec("update public.worker_status set tick_at = now() - interval '3 minutes'");
  });
  await expect.poll(status, { timeout: 15_000 }).toBe(503);
  expect(await (await fetch(`${url}/api/health`)).json()).toMatchObject({
    dependencies: [{ ok: true }, { ok: true }, { ok: true }],
    worker: { alive: false, tick_at: expect.any(String), version: "1" },
  });
});

test("a browser that asks for /favicon.ico without a word in the page gets a picture", async () => {
  const answer = await fetch(`${await dashboard()}/favicon.ico`);
  expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "image/x-icon"]);
});

test("metrics and usage are for this machine alone while no token is set", async () => {
  const url = await dashboard();
  const answer = await fetch(`${url}/api/metrics`);
  expect(answer.status).toBe(200);
  expect(answer.headers.get("content-type")).toContain("version=0.0.4");
  const text = await answer.text();
  expect(text).toContain('pilab_storage_files_total{bucket="pilab-dev",device="pi-1"} 1\n');
  expect(text).toContain('pilab_device_state{device="pi-1",state="ok"} 1\n');
  expect(await (await fetch(`${url}/api/metrics`)).text()).toContain(
    'pilab_http_request_duration_seconds_count{route="/api/metrics",outcome="200"} 1\n',
  );
  if (hasProgram("promtool", "--version")) {
    const { stdout, stderr } = spawnSync("promtool", ["check", "metrics"], { input: text, encoding: "utf8" });
    expect(stdout + stderr).toBe("");
  }
  const usage = await fetch(`${url}/api/storage/usage`);
  expect(await usage.json()).toMatchObject({ total_files: 1, bucket_id: "pilab-dev", stored: { files: 1 } });
  expect((await fetch(`${url}/api/storage/usage?bucket=nothing`)).status).toBe(400);
  for (const path of ["metrics", "storage/usage"]) {
    const headers = { "x-forwarded-for": "192.168.1.7" };
    expect((await fetch(`${url}/api/${path}`, { headers })).status).toBe(401);
  }
});

test("metrics on the network are for who has the token", async () => {
  const open = await dashboard({ HOSTNAME: "0.0.0.0" });
  expect((await fetch(`${open}/api/metrics`)).status).toBe(401);
  const token = "a-token-of-the-lab-0123456789";
  const guarded = await dashboard({ HOSTNAME: "0.0.0.0", METRICS_TOKEN: token });
  expect((await fetch(`${guarded}/api/metrics`)).status).toBe(401);
  const headers = { authorization: `Bearer ${token}` };
  for (const path of ["metrics", "storage/usage"])
    expect((await fetch(`${guarded}/api/${path}`, { headers })).status).toBe(200);
});

test("no file that the build gives to browsers has the service key, or reads its variables", async () => {
  const folder = join(dirname(await dashboardServer()), ".next/static");
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) =>
    entry.isFile(),
  );
  expect(files.length).toBeGreaterThan(20);
  for (const { parentPath, name } of files) {
    const text = await readFile(join(parentPath, name), "utf8");
    expect(text.includes(supabase.serviceRoleKey), name).toBe(false);
    // One note tells admins what to set: there the names are words on the page, and nothing else.
    const code = text.replaceAll(/children:"SUPABASE_(SERVICE_ROLE|SECRET)_KEY"/g, "");
    expect(/SUPABASE_(SERVICE_ROLE|SECRET)_KEY|service_role/.exec(code)?.[0], name).toBeUndefined();
  }
});
