import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, readFile, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { startCluster } from "../src/embedded-postgres.ts";
import { startTestSupabase, type TestSupabase } from "../src/index.ts";
import { makeTestFolder } from "../src/test-folders.ts";

// pilab-local as its users run it: a process of its own, ended by signals.
const MAIN = fileURLToPath(new URL("../../local-supabase/src/main.ts", import.meta.url));
const children = new Set<ChildProcess>();
let folder: string;

beforeAll(async () => {
  folder = await makeTestFolder();
});
afterEach(() => {
  for (const child of children) child.kill("SIGKILL");
  children.clear();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Started {
  child: ChildProcess;
  url: string;
  text(): string;
  exit: Promise<number | null>;
}

function launch(args: string[]): { child: ChildProcess; text: () => string; exit: Promise<number | null> } {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  children.add(child);
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk) => (text = `${text}${chunk}`));
  const exit = once(child, "close").then(([code]) => code as number | null);
  return { child, text: () => text, exit };
}

async function start(args: string[]): Promise<Started> {
  const launched = launch(["start", ...args]);
  const { child, text, exit } = launched;
  await Promise.race([
    (async () => {
      while (!text().includes("Ctrl-C")) await once(child.stdout as NodeJS.ReadableStream, "data");
    })(),
    exit.then((code) => Promise.reject(new Error(`start ended with ${code}: ${text()}`))),
  ]);
  return { ...launched, url: /URL +(\S+)/.exec(text())?.[1] ?? "" };
}

async function runToEnd(args: string[]): Promise<{ code: number | null; text: string }> {
  const { text, exit } = launch(args);
  return { code: await exit, text: text() };
}

async function serviceClient(dataDir: string, url: string): Promise<SupabaseClient> {
  const { serviceRoleKey } = JSON.parse(await readFile(join(dataDir, "keys.json"), "utf8")) as {
    serviceRoleKey: string;
  };
  return createClient(url, serviceRoleKey, { auth: { persistSession: false } });
}

const slugs = async (client: SupabaseClient) =>
  (await client.from("devices").select("slug").order("slug")).data?.map((row) => row.slug as string);

describe("pilab-local as a process", () => {
  let seeded: TestSupabase;
  beforeAll(async () => {
    seeded = await startTestSupabase();
  }, 120_000);
  afterAll(() => seeded?.stop());

  test("names who holds a port, takes the next, loses no acknowledged row to kill -9, and stops cleanly on SIGTERM", {
    timeout: 120_000,
  }, async () => {
    const holder: Server = createServer();
    await new Promise<void>((resolve) => holder.listen(0, "127.0.0.1", resolve));
    const { port } = holder.address() as AddressInfo;
    const dataDir = join(folder, "killed");
    const first = await start(["--data-dir", dataDir, "--port", String(port)]);
    expect(first.text()).toContain(`Port ${port} is taken by process ${process.pid} (`);
    expect(Number(new URL(first.url).port)).toBeGreaterThan(port);
    await new Promise((resolve) => holder.close(resolve));
    const client = await serviceClient(dataDir, first.url);
    for (let n = 1; n <= 20; n++) {
      const { error } = await client.from("devices").insert({ slug: `bench-${n}`, name: "Bench" });
      if (error) throw error;
    }
    first.child.kill("SIGKILL");
    await first.exit;

    const second = await start(["--data-dir", dataDir, "--port", "0"]);
    expect(await slugs(await serviceClient(dataDir, second.url))).toHaveLength(20);
    second.child.kill("SIGTERM");
    expect(await second.exit).toBe(0);
    expect(second.text()).toContain("Stopped.");
    expect((await runToEnd(["status", "--data-dir", dataDir])).text).toContain("Not running.");
  });

  test("moves a lab from PGlite to a Postgres server by backup and restore, and backs that up too", {
    timeout: 180_000,
  }, async () => {
    const client = createClient(seeded.url, seeded.serviceRoleKey, { auth: { persistSession: false } });
    await client
      .from("devices")
      .insert({ slug: "moving-pi", name: "Moving Pi", series: 'a "quoted", ünïcode\nseries' });
    await client.storage
      .from("pilab-dev")
      .upload("moving-pi/2026/a.jpg", Buffer.from("picture"), { contentType: "image/jpeg" });
    // The suite's server has no control socket: its folder is backed up as another process would after a stop.
    const stopped = join(folder, "stopped");
    await mkdir(stopped);
    await seeded.sql.exec("checkpoint");
    await cp(seeded.dataDir, stopped, { recursive: true, filter: (path) => !path.endsWith("running.json") });

    const backup = join(folder, "backup");
    const made = await runToEnd(["backup", backup, "--data-dir", stopped]);
    expect(made, made.text).toMatchObject({ code: 0 });

    const cluster = await startCluster(join(folder, "cluster"));
    try {
      const dataDir = join(folder, "moved");
      const database = ["--database", cluster.url];
      const restored = await runToEnd(["restore", backup, "--data-dir", dataDir, ...database]);
      expect(restored, restored.text).toMatchObject({ code: 0 });
      const moved = await start(["--data-dir", dataDir, "--port", "0", ...database]);
      const there = await serviceClient(dataDir, moved.url);
      expect((await there.from("devices").select("slug, series")).data).toEqual([
        { slug: "moving-pi", series: 'a "quoted", ünïcode\nseries' },
      ]);
      const { data: picture } = await there.storage.from("pilab-dev").download("moving-pi/2026/a.jpg");
      expect(await picture?.text()).toBe("picture");
      const again = await runToEnd(["backup", join(folder, "backup-2"), "--data-dir", dataDir]);
      expect(again, again.text).toMatchObject({ code: 0, text: expect.stringContaining("1 object (7 B)") });
      moved.child.kill("SIGINT");
      expect(await moved.exit).toBe(0);
      // A restore never overwrites, a server's database as little as a folder.
      const refused = await runToEnd(["restore", backup, "--data-dir", join(folder, "third"), ...database]);
      expect(refused).toMatchObject({ code: 1, text: expect.stringContaining("the database is not empty") });
    } finally {
      await cluster.stop();
    }
  });
});
