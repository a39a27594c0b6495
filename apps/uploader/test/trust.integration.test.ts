import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { createPilabClient, type PilabClient } from "@pilab/storage-core";
import { makeJpeg, startTestSupabase, type TestSupabase } from "@pilab/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CERTIFICATE } from "./agent/certificate.ts";
import { until } from "./agent/lab.ts";
import { makeDevice, type RunningCommand, startUploader, uploader } from "./run-uploader.ts";

let server: TestSupabase;
let admin: PilabClient;
let folder: string;
let trusting: { NODE_EXTRA_CA_CERTS: string };
const agents: RunningCommand[] = [];

beforeAll(async () => {
  // Only so that this process can make devices there; programs that are started know nothing of it.
  setDefaultCACertificates([...getCACertificates(), CERTIFICATE.cert]);
  server = await startTestSupabase({ tls: CERTIFICATE });
  admin = createPilabClient({ url: server.url, serviceKey: server.serviceRoleKey });
  folder = mkdtempSync(join(tmpdir(), "pilab-trust-"));
  trusting = { NODE_EXTRA_CA_CERTS: join(folder, "certificate.pem") };
  writeFileSync(trusting.NODE_EXTRA_CA_CERTS, CERTIFICATE.cert);
});
afterAll(async () => {
  for (const agent of agents) agent.kill("SIGKILL");
  await Promise.all(agents.map(({ result }) => result));
  await admin?.close();
  await server?.stop();
  rmSync(folder, { recursive: true });
});

async function newState(seed: number): Promise<string[]> {
  const stateFolder = mkdtempSync(join(folder, "state-"));
  writeFileSync(join(stateFolder, "shot.jpg"), await makeJpeg({ width: 64, height: 48, seed }));
  return ["--state-dir", stateFolder, "--folder", stateFolder];
}

function run(args: string[], env: Record<string, string>): RunningCommand {
  const agent = startUploader(["run", "--settle", "0", ...args], env);
  agents.push(agent);
  return agent;
}

async function end(agent: RunningCommand) {
  agent.kill("SIGTERM");
  return await agent.result;
}

const shotsOf = async (slug: string) =>
  (await admin.captures.list({ limit: 10 })).captures.filter(({ object_path }) =>
    object_path.startsWith(`${slug}/`),
  ).length;

test("a server that made its own certificate is refused in words that name NODE_EXTRA_CA_CERTS, and trusted with it", async () => {
  const device = await makeDevice(server, "pi-tls");
  const state = await newState(1);
  expect(device.SUPABASE_URL).toMatch(/^https:/);

  const refused = run(state, device);
  await refused.said("the server is away");
  const shown = await uploader(["status", ...state.slice(0, 2)], device);
  expect(shown.stdout).toMatch(/self.signed certificate.*NODE_EXTRA_CA_CERTS/);
  const { code, stdout: log } = await end(refused);
  expect(code).toBe(0);
  expect(log).toMatch(/self.signed certificate/);
  expect(log).toContain("NODE_EXTRA_CA_CERTS");
  expect(await shotsOf("pi-tls")).toBe(0);
  const sick = await uploader(["doctor", ...state], device);
  expect(sick.code).toBe(1);
  expect(sick.stdout).toMatch(/^fail tls: self.signed certificate.*\n {5}→ .*NODE_EXTRA_CA_CERTS/m);

  const well = await uploader(["doctor", ...state], { ...device, ...trusting });
  expect(well.stdout).toMatch(/^ok {3}tls: the certificate is good$/m);
  expect(well.code).toBe(0);
  const trusted = run(state, { ...device, ...trusting });
  await until(async () => (await shotsOf("pi-tls")) === 1);
  expect((await end(trusted)).code).toBe(0);
});

test("the service key works for the device that is named, with a warning at every start, and is never told", async () => {
  await makeDevice(server, "pi-key");
  const env = {
    ...trusting,
    SUPABASE_URL: server.url,
    SUPABASE_SERVICE_ROLE_KEY: server.serviceRoleKey,
    LOG_LEVEL: "debug",
  };
  const state = await newState(2);
  const unnamed = await uploader(["run", ...state, "--service-key"], env);
  expect(unnamed.code).toBe(2);
  expect(unnamed.stderr).toContain("--service-key needs --device");

  let told = "";
  for (const shots of [1, 1]) {
    const agent = run([...state, "--service-key", "--device", "pi-key"], env);
    await agent.said('"connected"');
    await until(async () => (await shotsOf("pi-key")) === shots);
    const { stdout, stderr } = await end(agent);
    expect(stdout).toContain("the service key may do everything: give this machine its device's own account");
    expect(stdout).toContain("for device pi-key (service key)");
    told += stdout + stderr;
  }
  const shown = await uploader(["status", ...state.slice(0, 2)], env);
  expect(shown.stdout).toContain("device pi-key");
  told +=
    shown.stdout + (await uploader(["doctor", ...state, "--service-key", "--device", "pi-key"], env)).stdout;
  expect(told).toContain("it works with the service key");
  expect(told).not.toContain(server.serviceRoleKey);
});
