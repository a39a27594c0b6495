import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { childEnvironment, makeJpeg } from "@pilab/testing";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

const START = fileURLToPath(new URL("../../../scripts/start.ts", import.meta.url));
const started = new Set<ReturnType<typeof start>>();
let root: string;
let dataDir: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "pilab-start-"));
  dataDir = join(root, "data");
});

afterEach(async () => {
  // Only where a test failed half-way is there still one.
  for (const one of started) {
    one.kill("SIGINT");
    await one.code;
  }
}, 60_000);

afterAll(async () => {
  await rm(root, { recursive: true, force: true });
});

/** `npm start`, without the installing: what bootstrap.sh becomes. */
function start(args: string[] = []) {
  const child = spawn(
    process.execPath,
    [START, "--port", "0", "--dashboard-port", "0", "--every", "1", ...args],
    {
      env: { ...childEnvironment(), HOME: root, PILAB_DATA_DIR: dataDir },
    },
  );
  let output = "";
  const waiting: { pattern: RegExp; resolve: (match: RegExpExecArray) => void }[] = [];
  const take = (text: string) => {
    output += text;
    for (const { pattern, resolve } of waiting) {
      const match = pattern.exec(output);
      if (match) resolve(match);
    }
  };
  child.stdout.setEncoding("utf8").on("data", take);
  child.stderr.setEncoding("utf8").on("data", take);
  const code = new Promise<number | null>((resolve) => child.on("close", resolve));
  const running = {
    code,
    output: () => output,
    /** Resolves when the output matches; fails with all of it when the process ends before. */
    said: (pattern: RegExp) =>
      new Promise<RegExpExecArray>((resolve, reject) => {
        const match = pattern.exec(output);
        if (match) resolve(match);
        else {
          waiting.push({ pattern, resolve });
          const fail = (how: string) => () =>
            reject(new Error(`${how} before it said ${pattern}:\n${output}`));
          void code.then(fail("ended"));
          setTimeout(fail("waited three minutes"), 180_000).unref();
        }
      }),
    kill: (signal: NodeJS.Signals) => child.kill(signal),
  };
  started.add(running);
  void code.then(() => started.delete(running));
  return running;
}

async function serverPid(): Promise<number> {
  return JSON.parse(await readFile(join(dataDir, "running.json"), "utf8")).pid;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** The demo camera's objects and thumbnails on disk, by what lies beside each. */
async function demoObjects(): Promise<string[]> {
  const files = await readdir(join(dataDir, "files"), { recursive: true });
  const texts = files
    .filter((name) => name.endsWith(".json"))
    .map((name) => readFile(join(dataDir, "files", name), "utf8"));
  return (await Promise.all(texts)).filter((text) => text.includes("demo-camera/"));
}

describe("npm start", { timeout: 300_000 }, () => {
  let passwords: Record<string, string>;

  it("serves, takes demo frames, tells each arrival, and stops cleanly at Ctrl-C with no process left", async () => {
    const system = start();
    await system.said(/PiLab's local Supabase is running\./);
    await system.said(
      /(demo-camera {3}(tray-\d{8}-\d{6}-\d{3}\.jpg, 1280 × 720, [\d.]+ kB, brightness 0\.\d\d|\d+ captures, .*)\n[\s\S]*){3}/,
    );
    const [, url, password] = await system.said(
      /The dashboard: {2}(http:\S+)\nSign in as admin@pilab\.local with the password (\S+) \(shown only this once/,
    );
    expect(system.output()).toContain(`Password  ${password} `);
    expect(await (await fetch(`${url}/sign-in`)).text()).toContain("Sign in");
    const pid = await serverPid();
    for (const name of ["this-machine", "demo-camera"]) {
      expect((await stat(join(dataDir, "devices", `${name}.json`))).mode & 0o777).toBe(0o600);
    }
    passwords = await readPasswords();
    // The terminal's, and npm's, which passes it on.
    system.kill("SIGINT");
    setTimeout(() => system.kill("SIGINT"), 20);
    expect(await system.code).toBe(0);
    expect(system.output()).toMatch(/Stopped\.\n$/);
    expect(isAlive(pid)).toBe(false);
  });

  it("keeps its devices at later starts, and the line it prints uploads a folder of one's own", async () => {
    const system = start();
    const [, command] = await system.said(/run this in the folder that holds them:\n {2}(.+)\n/);
    const folder = join(root, "my pictures");
    await mkdir(folder);
    await writeFile(join(folder, "a.jpg"), await makeJpeg({ seed: 7 }));
    const { stdout, code } = await shell(command as string, folder);
    expect(stdout).toMatch(/\n1 uploaded \(/);
    expect(code).toBe(0);
    await system.said(/this-machine {2}a\.jpg, 640 × 480/);
    expect(await readPasswords()).toEqual(passwords);
    system.kill("SIGTERM");
    expect(await system.code).toBe(0);
  });

  it("a second one beside it names the first and its address, and ends", async () => {
    const system = start();
    const [, url] = await system.said(/URL +(http:\S+)/);
    const second = start();
    expect(await second.code).toBe(75);
    expect(second.output()).toContain(dataDir);
    expect(second.output()).toContain(`at ${url}`);
    expect(second.output()).toContain("give it a folder of its own: PILAB_DATA_DIR=");
    system.kill("SIGINT");
    expect(await system.code).toBe(0);
  });

  it("--no-demo removes the demo's frames and leaves the camera out", async () => {
    expect((await demoObjects()).length).toBeGreaterThan(3);
    const system = start(["--no-demo"]);
    await system.said(/Removed \d+ demo frames\./);
    system.kill("SIGINT");
    expect(await system.code).toBe(0);
    expect(system.output()).not.toContain("tray-");
    expect(await demoObjects()).toEqual([]);
  });

  it("leaves no server behind when it is killed", async () => {
    const system = start();
    await system.said(/demo-camera {3}/);
    const pid = await serverPid();
    system.kill("SIGKILL");
    await expect.poll(() => isAlive(pid), { timeout: 15_000 }).toBe(false);
  });

  it.each([
    [["--fast"], "Unknown option '--fast'"],
    [["--port", "http"], '--port is "http", it wants a number from 0 to 65535'],
    [["--every", "0"], '--every is "0", it wants seconds from 0.1 to 3600'],
  ])("says what is wrong with %j, and how it goes", async (args, text) => {
    const system = start(args);
    expect(await system.code).toBe(2);
    expect(system.output()).toContain(text);
    expect(system.output()).toContain("--no-demo");
  });
});

async function readPasswords(): Promise<Record<string, string>> {
  const names = ["this-machine", "demo-camera"];
  const read = async (name: string) =>
    JSON.parse(await readFile(join(dataDir, "devices", `${name}.json`), "utf8")).password;
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await read(name)])));
}

function shell(command: string, cwd: string): Promise<{ stdout: string; code: number | null }> {
  const child = spawn("sh", ["-c", command], { cwd });
  let stdout = "";
  child.stdout.setEncoding("utf8").on("data", (text) => {
    stdout += text;
  });
  return new Promise((resolve) => child.on("close", (code) => resolve({ stdout, code })));
}
