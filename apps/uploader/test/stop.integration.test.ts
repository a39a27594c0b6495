import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Fault, type FaultProxy, startFaultProxy } from "@pilab/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AgentLab, startAgentLab, until } from "./agent/lab.ts";
import { type RunningCommand, startUploader } from "./run-uploader.ts";

// Here the agent is the program itself, with the times of the design: so each test waits, beside the others.

let lab: AgentLab;
const proxies: FaultProxy[] = [];
const commands: RunningCommand[] = [];
beforeAll(async () => {
  lab = await startAgentLab();
  await lab.shoot();
});
afterAll(async () => {
  for (const command of commands) command.kill("SIGKILL");
  await Promise.all(proxies.map((proxy) => proxy.stop()));
  await lab.stop();
});

const newFolder = () => mkdtempSync(join(lab.stateFolder, "own-"));

async function proxyThat(fault: Fault, path = /./): Promise<FaultProxy> {
  const proxy = await startFaultProxy({ target: lab.supabase.url });
  proxies.push(proxy);
  proxy.inject({ path, fault });
  return proxy;
}

function start(args: string[], env: Record<string, string> = {}): RunningCommand {
  const command = startUploader(args, { ...lab.env, ...env });
  commands.push(command);
  return command;
}

const run = (stateFolder: string, proxy: FaultProxy, ...more: string[]) =>
  start(["run", "--state-dir", stateFolder, "--folder", lab.spool, "--settle", "0", ...more], {
    SUPABASE_URL: proxy.url,
  });

async function endOf(command: RunningCommand, signals: NodeJS.Signals[]) {
  const startedAt = performance.now();
  for (const signal of signals) command.kill(signal);
  const { code, stdout } = await command.result;
  return { code, stdout, tookS: (performance.now() - startedAt) / 1000 };
}

describe.concurrent("told to stop", () => {
  test("while an upload hangs, the agent parks it and ends in order within ten seconds", async () => {
    const proxy = await proxyThat({ kind: "hang" }, /\/object\//);
    const agent = run(newFolder(), proxy);
    await until(() => proxy.requests.some(({ path }) => path.includes("/object/")));
    // After ten seconds it would have been killed.
    expect(await endOf(agent, ["SIGTERM"])).toMatchObject({ code: 0 });
  });

  test("while not even the sign-in is answered, the agent ends in order within ten seconds", async () => {
    const proxy = await proxyThat({ kind: "hang" });
    const agent = run(newFolder(), proxy);
    await until(() => proxy.requests.length > 0);
    // After ten seconds it would have been killed.
    expect(await endOf(agent, ["SIGTERM"])).toMatchObject({ code: 0 });
  });

  test("a second signal ends the agent at once", async () => {
    const proxy = await proxyThat({ kind: "hang" }, /\/object\//);
    const agent = run(newFolder(), proxy);
    await until(() => proxy.requests.some(({ path }) => path.includes("/object/")));
    const { code, tookS } = await endOf(agent, ["SIGTERM", "SIGINT"]);
    expect(code).toBe(130);
    expect(tookS).toBeLessThan(2);
  });

  test("an agent that hangs on something that no signal ends, ends all the same before systemd's patience does", async () => {
    const folder = newFolder();
    const pipe = join(folder, "credentials.json");
    execFileSync("mkfifo", [pipe]);
    const agent = run(folder, await proxyThat({ kind: "hang" }), "--credentials", pipe);
    await until(() => existsSync(join(folder, "journal.db-wal")));
    const { code, stdout, tookS } = await endOf(agent, ["SIGTERM"]);
    expect(code).toBeNull();
    expect(stdout).toContain("did not end within 10 s");
    expect(tookS).toBeLessThan(15);
  });

  test("a second signal ends the camera loop at once, and its camera with it", async () => {
    const folder = newFolder();
    const pidFile = join(folder, "camera.pid");
    const script = `echo $$ > ${pidFile}.tmp; mv ${pidFile}.tmp ${pidFile}; exec sleep 600 # $1`;
    const loop = start([
      ...["capture", "--interval", "60", "--state-dir", folder],
      ...["--", "sh", "-c", script, "camera", "{file}"],
    ]);
    await until(() => existsSync(pidFile));
    const { code, tookS } = await endOf(loop, ["SIGTERM", "SIGINT"]);
    expect(code).toBe(130);
    expect(tookS).toBeLessThan(2);
    const camera = Number(readFileSync(pidFile, "utf8"));
    await until(() => !isRunning(camera));
  });
});

/** One that has ended and that nobody has asked for is gone, too. */
function isRunning(pid: number): boolean {
  try {
    return !readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ");
  } catch {
    return false;
  }
}
