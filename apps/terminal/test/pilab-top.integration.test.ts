import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createPilabClient, type PilabClient } from "@pilab/storage-core";
import {
  childEnvironment,
  type FaultProxy,
  makeJpeg,
  startFaultProxy,
  startTestSupabase,
  type TestSupabase,
} from "@pilab/testing";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { hasScript, type Pty, startPty } from "./pty.ts";

let supabase: TestSupabase;
let proxy: FaultProxy;
let folder: string;
let env: Record<string, string>;
let device: { email: string; password: string };
const clients: PilabClient[] = [];

beforeAll(async () => {
  supabase = await startTestSupabase();
  proxy = await startFaultProxy({ target: supabase.url });
  folder = await mkdtemp(join(tmpdir(), "pilab-top-"));
  env = {
    SUPABASE_URL: proxy.url,
    SUPABASE_ANON_KEY: supabase.anonKey,
    PILAB_EMAIL: supabase.admin.email,
    PILAB_PASSWORD: supabase.admin.password,
  };
  const { url, anonKey: key, serviceRoleKey: serviceKey } = supabase;
  const service = createPilabClient({ url, serviceKey });
  const made = await service.devices.create({ slug: "greenhouse-1", expected_interval_s: 60 });
  device = made.credentials;
  const pilab = createPilabClient({ url, key, ...device });
  clients.push(service, pilab);
  await pilab.device.reportStatus({ state: "idle", queue_files: 42, clock_synced: false });
  await pilab.captures.uploadAndLog(await makeJpeg({ width: 64, height: 48, seed: 1 }), {
    fileName: "moss.jpg",
  });
});
afterEach(() => proxy?.reset());
afterAll(async () => {
  await Promise.all(clients.map((client) => client.close()));
  await proxy?.stop();
  await supabase?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Runs it without a terminal. */
async function run(args: string[], change: Record<string, string> = {}) {
  const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));
  const child = spawn(process.execPath, [main, ...args], {
    env: { ...childEnvironment(), ...env, ...change },
  });
  let out = "";
  let err = "";
  child.stdout.on("data", (chunk) => (out += chunk));
  child.stderr.on("data", (chunk) => (err += chunk));
  const code = await new Promise((resolve) => child.once("close", resolve));
  return { code, out, err };
}

describe("without a terminal", () => {
  test("prints everything once as text, without colours and controls", async () => {
    const { code, out, err } = await run([], { COLUMNS: "80" });
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(/^[\n\x20-\x7e]*$/);
    expect(out).toContain("Devices  1 trouble");
    expect(out).toMatch(/^trouble +greenhouse-1 .* 42 .*Clock not set/m);
    expect(out).toContain("moss.jpg");
    for (const line of out.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  });

  test("--json prints all that was read", async () => {
    const { code, out } = await run(["--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      overview: { devices: [{ slug: "greenhouse-1", state: "ok" }], alerts: { critical: 0 } },
      alerts: [],
      captures: [{ file_name: "moss.jpg" }],
    });
  });

  test.each([
    ["a wrong password", { PILAB_PASSWORD: "wrong" }, /sign/i],
    ["no account", { PILAB_EMAIL: "" }, /PILAB_EMAIL/],
    ["a server that is not there", { SUPABASE_URL: "http://127.0.0.1:9" }, /127\.0\.0\.1:9|network|connect/i],
  ])("says what is wrong with %s, in words and by its exit code", async (_title, change, said) => {
    const { code, out, err } = await run([], change);
    expect(code).toBeGreaterThan(0);
    expect(out).toBe("");
    expect(err).toMatch(/^pilab-top: /);
    expect(err).toMatch(said);
    expect(err).not.toMatch(/PilabError|^ +at /m);
  });

  test("tells a device's account that it may not see the lab", async () => {
    const { code, err } = await run([], { PILAB_EMAIL: device.email, PILAB_PASSWORD: device.password });
    expect(code).toBe(1);
    expect(err).toContain("viewer");
  });

  test.each(["0", "soon", "3601"])("refuses --interval %s", async (interval) => {
    expect((await run(["--interval", interval])).code).toBe(2);
  });
});

describe.skipIf(!hasScript)("on a terminal (needs script of util-linux)", () => {
  const open = (change: Record<string, string> = {}, size = { columns: 80, rows: 24 }): Pty =>
    startPty(folder, ["--interval", "1"], { ...env, ...change }, size);

  test("shows the overview at 80x24, goes through the views by keys, and gives the terminal back as it was", async () => {
    const pty = open();
    await pty.sees("[1 Overview]");
    await pty.sees("Who needs you");
    pty.press("2");
    await pty.sees(/\[2 Devices\][\s\S]*greenhouse-1/);
    pty.press("\t");
    await pty.sees(/\[3 Alerts\][\s\S]*No alert is open/);
    pty.press("\x1b[C");
    await pty.sees(/\[4 Captures\][\s\S]*moss\.jpg/);
    pty.press("?");
    await pty.sees("the next view, the one before");
    pty.press("q");
    expect(await pty.exitCode()).toBe(0);
    // Off the alternate screen, and the cursor is seen again.
    expect(pty.raw().lastIndexOf("\x1b[?1049l")).toBeGreaterThan(pty.raw().lastIndexOf("\x1b[?1049h"));
    expect(pty.raw().lastIndexOf("\x1b[?25h")).toBeGreaterThan(pty.raw().lastIndexOf("\x1b[?25l"));
    expect(pty.screen().join("\n")).not.toContain("PiLab");
  });

  test("fits 40x20, and another size when the window changes", async () => {
    const pty = open({}, { columns: 40, rows: 20 });
    await pty.sees(/\[1 Overview\] 2 Dev/);
    await pty.sees("greenhouse-1");
    pty.resize(80, 24);
    await pty.sees("2 Devices  3 Alerts");
    pty.press("q");
    expect(await pty.exitCode()).toBe(0);
  });

  test("writes no colour where NO_COLOR asks for none", async () => {
    const plain = open({ NO_COLOR: "1" });
    await plain.sees("Who needs you");
    plain.press("q");
    await plain.exitCode();
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what a colour is
    expect(plain.raw()).not.toMatch(/\x1b\[[0-9;]*[1-9][0-9;]*m/);
  });

  test("keeps what it knows while the server is away, says how old it is and why, and goes on by itself", async () => {
    const pty = open();
    await pty.sees("Who needs you");
    proxy.inject({ fault: { kind: "reset" } });
    await pty.sees(/\d+ s old: /);
    expect(pty.screen().join("\n")).toContain("greenhouse-1");
    proxy.reset();
    await pty.sees(/read \d s ago/);
    pty.press("q");
    expect(await pty.exitCode()).toBe(0);
  });

  test("a wrong password is told in words before the screen is taken", async () => {
    const pty = open({ PILAB_PASSWORD: "wrong" });
    await pty.sees("pilab-top: ");
    expect(await pty.exitCode()).toBeGreaterThan(0);
    expect(pty.raw()).not.toContain("\x1b[?1049h");
  });

  test.each(["SIGTERM", "SIGHUP"] as const)("gives the terminal back at %s", async (signal) => {
    const pty = open();
    await pty.sees("Who needs you");
    await pty.kill(signal);
    await pty.exitCode();
    expect(pty.raw().lastIndexOf("\x1b[?1049l")).toBeGreaterThan(pty.raw().lastIndexOf("\x1b[?1049h"));
  });
});
