import { execFile, spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { createPilabClient } from "@pilab/storage-core";
import { makeJpeg, startTestSupabase } from "@pilab/testing";
import { afterAll, beforeAll, expect, test } from "vitest";

const run = promisify(execFile);
const PACKAGE = join(import.meta.dirname, "..");

let bundle: string;
let main: string;
beforeAll(async () => {
  // Below the package, so that the bundle finds sharp as the real one does.
  const cache = join(PACKAGE, "node_modules/.cache");
  await mkdir(cache, { recursive: true });
  bundle = await mkdtemp(join(cache, "bundle-"));
  main = join(bundle, "main.js");
  await run(join(PACKAGE, "node_modules/.bin/tsdown"), ["--out-dir", bundle], { cwd: PACKAGE });
});
afterAll(() => rm(bundle, { recursive: true, force: true }));

test("the bundle is small, and holds neither supabase-js nor a second HTTP client", async () => {
  const texts = await Promise.all(
    (await readdir(bundle)).map((name) => readFile(join(bundle, name), "utf8")),
  );
  const all = texts.join("");
  expect(all.length).toBeLessThan(1_000_000);
  expect(all).not.toMatch(/RealtimeClient|UND_ERR_INVALID_ARG/);
});

test("install starts the service with the bundle that it is part of", async () => {
  const { stdout } = await run(process.execPath, [main, "install", "--dry-run"]);
  expect(stdout).toMatch(new RegExp(`ExecStart=.* ${main} run`));
});

test("the bundled agent stores a picture with measures and thumbnail, and stops at SIGTERM", async () => {
  await using project = await startProject();
  const { admin, supabase, folder, credentials } = project;
  await mkdir(join(folder, "spool"));
  await writeFile(join(folder, "spool", "frame.jpg"), await makeJpeg({ width: 640, height: 480, seed: 1 }));
  const agent = spawn(process.execPath, [main, "run", "--state-dir", folder, "--settle", "0"], {
    env: {
      PATH: process.env.PATH ?? "",
      SUPABASE_URL: supabase.url,
      SUPABASE_ANON_KEY: supabase.anonKey,
      PILAB_EMAIL: credentials.email,
      PILAB_PASSWORD: credentials.password,
      LOG_LEVEL: "debug",
      LOG_FORMAT: "pretty",
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let told = "";
  for await (const text of agent.stdout.setEncoding("utf8")) {
    told += text;
    if (told.includes("DEBUG: stored") && !agent.killed) agent.kill("SIGTERM");
  }
  expect(agent.exitCode ?? (await new Promise((resolve) => agent.once("exit", resolve)))).toBe(0);
  const { captures } = await admin.captures.list();
  expect(captures).toMatchObject([
    {
      file_name: "frame.jpg",
      brightness: expect.any(Number),
      thumbnail_path: expect.stringMatching(/\.webp$/),
    },
  ]);
});

async function startProject() {
  const supabase = await startTestSupabase();
  const admin = createPilabClient({ url: supabase.url, serviceKey: supabase.serviceRoleKey });
  const { credentials } = await admin.devices.create({ slug: "bundled" });
  const folder = await mkdtemp(join(tmpdir(), "pilab-bundled-"));
  return {
    ...{ supabase, admin, credentials, folder },
    async [Symbol.asyncDispose]() {
      await admin.close();
      await supabase.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
