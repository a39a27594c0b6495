import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, mkdir, readdir, readFile, rename, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const APP = fileURLToPath(new URL("..", import.meta.url));
const ROOT = join(APP, "../..");
const BUILT = join(APP, ".built");
const LOCK = join(APP, ".build.lock");
const SOURCES = [
  ...["src", "next.config.ts", "package.json", "tsconfig.json"].map((name) => join(APP, name)),
  ...["chunking", "logging", "retry", "schema", "storage-core"].map((name) =>
    join(ROOT, "packages", name, "src"),
  ),
  join(ROOT, "pnpm-lock.yaml"),
];
/** A server may still run from the build before; older ones go. */
const BUILDS_KEPT = 5;
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * The folder of the production build of these sources, made when there is none: it stands alone, so that a server that runs
 * from one is not disturbed by the next build. About a minute, once for each state of the sources.
 *
 * @returns the path of its server.js
 */
export async function build(say: (line: string) => void = () => {}): Promise<string> {
  const target = join(BUILT, await hashOfSources());
  const server = join(target, "apps/dashboard/server.js");
  const touch = () => utimes(target, new Date(), new Date());
  if (existsSync(server)) {
    await touch();
    return server;
  }
  await withLock(async () => {
    if (existsSync(server)) return;
    say("Building the dashboard, once for this version: about a minute …");
    const output = await nextBuild();
    const standalone = join(APP, ".next/standalone");
    // Another build in this folder, one that was left behind when who began it was killed, takes the files away.
    if (!existsSync(join(standalone, "apps/dashboard/server.js")))
      throw new Error(`next build left no server.js; is another build running?\n${output}`);
    await cp(join(APP, ".next/static"), join(standalone, "apps/dashboard/.next/static"), { recursive: true });
    await mkdir(BUILT, { recursive: true });
    await rm(target, { recursive: true, force: true });
    await rename(standalone, target);
    await touch();
    await sweep();
  });
  return server;
}

async function nextBuild(): Promise<string> {
  const next = join(APP, "node_modules/next/dist/bin/next");
  const child = spawn(process.execPath, [next, "build"], {
    cwd: APP,
    env: { ...process.env, NEXT_TELEMETRY_DISABLED: "1", NODE_ENV: "production" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
  // Who is stopped while it builds leaves no build behind. Nothing may be preloaded into it: its workers would get that, too.
  const end = (signal: NodeJS.Signals) => {
    child.kill();
    process.kill(process.pid, signal);
  };
  for (const signal of SIGNALS) process.once(signal, end);
  const code = await new Promise((resolve, reject) => child.on("error", reject).on("close", resolve));
  for (const signal of SIGNALS) process.off(signal, end);
  if (code !== 0) throw new Error(`next build failed:\n${output}`);
  return output;
}

async function hashOfSources(): Promise<string> {
  const files: string[] = [];
  for (const source of SOURCES) {
    if ((await stat(source)).isFile()) files.push(source);
    else {
      for (const entry of await readdir(source, { recursive: true, withFileTypes: true })) {
        if (entry.isFile() && !/\.test\.tsx?$/.test(entry.name))
          files.push(join(entry.parentPath, entry.name));
      }
    }
  }
  const hash = createHash("sha256");
  for (const file of files.toSorted()) hash.update(`${file}\0`).update(await readFile(file));
  return hash.digest("hex").slice(0, 16);
}

/** One build at a time on this machine. The lock is SQLite's own, which the kernel drops with its process. */
async function withLock(work: () => Promise<void>): Promise<void> {
  const handle = new DatabaseSync(LOCK, { timeout: 0 });
  try {
    while (!tryLock(handle)) await sleep(500);
    await work();
  } finally {
    handle.close();
  }
}

function tryLock(handle: DatabaseSync): boolean {
  try {
    handle.exec("begin exclusive");
    return true;
  } catch (error) {
    // SQLITE_BUSY
    if ((error as { errcode?: number }).errcode !== 5) throw error;
    return false;
  }
}

async function sweep(): Promise<void> {
  const folders = await Promise.all(
    (await readdir(BUILT)).map(async (name) => ({ name, at: (await stat(join(BUILT, name))).mtimeMs })),
  );
  const old = folders.toSorted((a, b) => b.at - a.at).slice(BUILDS_KEPT);
  for (const { name } of old) await rm(join(BUILT, name), { recursive: true, force: true });
}

if (import.meta.main) await build((line) => process.stdout.write(`${line}\n`));
