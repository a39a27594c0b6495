import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createPilabClient, type PilabClient } from "@pilab/storage-core";
import { startTestSupabase, type TestSupabase } from "@pilab/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startSkewedProxy } from "./agent/skewed-proxy.ts";
import { mountSmallDisk } from "./agent/small-disk.ts";
import { makeDevice, uploader } from "./run-uploader.ts";

let server: TestSupabase;
let admin: PilabClient;
let home: string;
/** Of the device that most tests ask about. */
let device: Record<string, string>;

beforeAll(async () => {
  server = await startTestSupabase();
  admin = createPilabClient({ url: server.url, serviceKey: server.serviceRoleKey });
  device = await makeDevice(server, "pi-1");
  home = mkdtempSync(join(tmpdir(), "pilab-doctor-"));
  // What another user may look into: one test asks as somebody who is not root.
  chmodSync(home, 0o755);
});
afterAll(async () => {
  await admin?.close();
  await server?.stop();
  rmSync(home, { recursive: true });
});

const newFolder = () => mkdtempSync(join(home, "state-"));
const sql = (text: string) => server.sql.transaction((tx) => tx.query(text));

interface Asked {
  args?: string[];
  env?: Record<string, string>;
  stateFolder?: string;
  uid?: number;
}

/** Asks the doctor, and checks what holds whatever he finds: the exit code, and that no secret is told. */
async function ask({ args = [], env = device, stateFolder = newFolder(), uid }: Asked = {}) {
  const { code, stdout, stderr } = await uploader(
    ["doctor", "--state-dir", stateFolder, ...args, "--json"],
    env,
    uid,
  );
  const findings = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { check: string; level: string; text: string; hint?: string });
  expect(code).toBe(findings.some(({ level }) => level === "fail") ? 1 : 0);
  for (const secret of [device.PILAB_PASSWORD, server.serviceRoleKey]) {
    expect(stdout + stderr).not.toContain(secret);
  }
  const of = (wanted: string, levels = ["warn", "fail"]) =>
    findings.filter(({ check, level }) => check === wanted && levels.includes(level));
  return { findings, failed: findings.filter(({ level }) => level === "fail"), of };
}

describe.concurrent("doctor", () => {
  test("finds a machine that is well to be well, and leaves nothing, here or on the server", async () => {
    const stateFolder = newFolder();
    const { code, stdout } = await uploader(["doctor", "--state-dir", stateFolder], device);
    expect(stdout).toMatch(/^ok {3}configuration: http.*, bucket pilab-dev, as pi-1@/m);
    for (const check of ["permissions", "disk", "sign-in", "right to write", "clock"]) {
      expect(stdout).toMatch(new RegExp(`^ok {3}${check}: `, "m"));
    }
    expect(stdout).toMatch(/\nNothing stands in the way\.\n$/);
    expect(code).toBe(0);
    expect(readdirSync(stateFolder)).toEqual([]);
    expect((await sql("select 1 from storage.objects")).rows).toEqual([]);
    expect((await sql("select 1 from device_status")).rows).toEqual([]);
  });

  test("says what to do about each of the server's refusals", async () => {
    const retired = await makeDevice(server, "retired");
    await sql("update devices set retired_at = now() where slug = 'retired'");
    const [wrongPassword, wrongKey, wrongBucket, ofRetired] = await Promise.all([
      ask({ env: { ...device, PILAB_PASSWORD: "not-the-password" } }),
      ask({ env: { ...device, SUPABASE_ANON_KEY: `${device.SUPABASE_ANON_KEY}x` } }),
      ask({ env: { ...device, STORAGE_BUCKET: "no-such-bucket" } }),
      ask({ env: retired }),
    ]);
    expect(wrongPassword.failed).toEqual([
      {
        check: "sign-in",
        level: "fail",
        text: expect.stringContaining("Invalid login credentials"),
        hint: expect.stringContaining("password"),
      },
    ]);
    expect(wrongKey.failed).toEqual([
      { check: "sign-in", level: "fail", text: expect.any(String), hint: expect.stringContaining("key") },
    ]);
    expect(wrongBucket.failed).toMatchObject([
      { check: "right to write", hint: expect.stringContaining("STORAGE_BUCKET") },
    ]);
    expect(ofRetired.failed).toHaveLength(1);
    expect(ofRetired.failed[0]?.hint).toBeTruthy();
  });

  test("tells a name that is not known from a server that does not answer", async () => {
    const [nameless, silent] = await Promise.all([
      ask({ env: { ...device, SUPABASE_URL: "http://pilab.invalid" } }),
      ask({ env: { ...device, SUPABASE_URL: "http://127.0.0.1:9" } }),
    ]);
    expect(nameless.failed).toMatchObject([{ check: "dns", hint: expect.stringContaining("SUPABASE_URL") }]);
    expect(nameless.of("tls")).toEqual([]);
    expect(silent.failed).toMatchObject([
      { check: "sign-in", text: expect.stringContaining("ECONNREFUSED") },
    ]);
  });

  test("names each setting that is wrong, and still looks at the machine", async () => {
    const { SUPABASE_URL = "" } = device;
    const [bare, options] = await Promise.all([
      ask({ env: { SUPABASE_URL } }),
      ask({ args: ["--keep-local", "soon"] }),
    ]);
    expect(bare.failed).toMatchObject([{ check: "configuration" }]);
    for (const name of ["SUPABASE_ANON_KEY", "PILAB_EMAIL", "PILAB_PASSWORD"])
      expect(bare.failed[0]?.text).toContain(name);
    expect(bare.of("disk", ["ok"])).toHaveLength(1);
    expect(options.failed).toMatchObject([{ text: expect.stringContaining('--keep-local got "soon"') }]);
    expect(await uploader(["doctor", "--order", "random"], device)).toMatchObject({ code: 2 });
  });

  test("warns of what is allowed and not wise: no proof, the service key, a file that all can read, a pause", async () => {
    const paused = await makeDevice(server, "paused");
    await sql("update devices set paused_until = now() + interval '1 hour' where slug = 'paused'");
    const {
      SUPABASE_URL: url = "",
      SUPABASE_ANON_KEY: anonKey,
      PILAB_EMAIL: email,
      PILAB_PASSWORD: password,
    } = device;
    const credentials = join(newFolder(), "device.json");
    writeFileSync(credentials, JSON.stringify({ url, anonKey, bucket: "pilab-dev", email, password }), {
      mode: 0o644,
    });
    const [bySize, byKey, byFile, ofPaused] = await Promise.all([
      ask({ args: ["--verify", "size"] }),
      ask({
        args: ["--service-key", "--device", "pi-1"],
        env: { SUPABASE_URL: url, SUPABASE_SERVICE_ROLE_KEY: server.serviceRoleKey },
      }),
      ask({ args: ["--credentials", credentials], env: {} }),
      ask({ env: paused }),
    ]);
    expect(bySize.of("configuration")).toMatchObject([
      { level: "warn", hint: expect.stringContaining("--verify size") },
    ]);
    expect(byKey.of("configuration")).toMatchObject([
      { level: "warn", text: "it works with the service key" },
    ]);
    expect(byFile.of("configuration")).toMatchObject([
      { level: "warn", text: expect.stringContaining("chmod 600") },
    ]);
    expect(ofPaused.of("sign-in")).toMatchObject([
      { level: "warn", text: expect.stringMatching(/^uploads are paused until /) },
    ]);
    for (const { failed } of [bySize, byKey, byFile, ofPaused]) expect(failed).toEqual([]);
  });

  test("finds folders that this user may not read or write, and tells of those that are not there yet", async () => {
    const [locked, state] = [newFolder(), newFolder()];
    chmodSync(locked, 0o000);
    chmodSync(state, 0o555);
    // Root may read all there is, so it asks as nobody.
    const uid = process.getuid?.() === 0 ? 65_534 : undefined;
    const { of } = await ask({
      args: ["--folder", locked, "--folder", join(home, "later")],
      stateFolder: state,
      uid,
    });
    expect(of("permissions")).toEqual([
      {
        check: "permissions",
        level: "fail",
        text: expect.stringContaining(`${state} cannot be written`),
        hint: expect.stringContaining("as the user that the agent runs as"),
      },
      {
        check: "permissions",
        level: "warn",
        text: `${join(state, "spool")} is not there yet`,
        hint: expect.any(String),
      },
      {
        check: "permissions",
        level: "fail",
        text: `${locked} cannot be read`,
        hint: expect.stringContaining("chmod o+rx"),
      },
      {
        check: "permissions",
        level: "warn",
        text: `${join(home, "later")} is not there`,
        hint: expect.any(String),
      },
    ]);
    chmodSync(locked, 0o755);
  });

  test("finds a disk that is too full for the journal, and one that is past its limit", async ({ skip }) => {
    const disk = mountSmallDisk(80);
    if (typeof disk === "string") return skip(disk);
    try {
      mkdirSync(join(disk.path, "state"));
      const fill = (mib: number) =>
        writeFileSync(join(disk.path, "ballast"), Buffer.alloc(mib * 1024 * 1024));
      const look = () => ask({ args: ["--max-disk-percent", "40"], stateFolder: join(disk.path, "state") });
      fill(40);
      expect((await look()).of("disk")).toMatchObject([
        { level: "warn", hint: expect.stringContaining("--max-disk-percent 40") },
      ]);
      fill(60);
      expect((await look()).of("disk")).toMatchObject([
        { level: "fail", hint: expect.stringContaining("Make space") },
      ]);
    } finally {
      disk.unmount();
    }
  });

  test("sees by the server's time that this machine's clock is hours off", async () => {
    const proxy = await startSkewedProxy(server.url, 3 * 3_600_000);
    try {
      const { of, failed } = await ask({ env: { ...device, SUPABASE_URL: proxy.url } });
      expect(of("clock")).toMatchObject([
        {
          level: "warn",
          text: expect.stringMatching(/^it differs from the server's by (3 h|2 h 59)/),
          hint: expect.stringContaining("timedatectl"),
        },
      ]);
      expect(failed).toEqual([]);
    } finally {
      await proxy.stop();
    }
  });

  test.each([
    { url: "https://other.example", bucket: "pilab-dev", deviceId: "x" },
    // A cloned card that was given an account of its own.
    { bucket: "pilab-dev", deviceId: "another" },
  ])("finds a journal that belongs to another target, at which the agent would stop: %o", async (bound) => {
    const stateFolder = newFolder();
    const { openJournal } = await import("../src/journal/journal.ts");
    const journal = openJournal({ folder: stateFolder });
    const target = { url: server.url, ...bound };
    await journal.bindTarget(target);
    journal.close();
    const { failed } = await ask({ stateFolder });
    expect(failed).toMatchObject([
      {
        check: "journal",
        text: `it belongs to ${target.url}, bucket pilab-dev, device ${target.deviceId}`,
        hint: expect.stringContaining("install --new-target"),
      },
    ]);
    writeFileSync(join(stateFolder, "new-target"), "");
    expect((await ask({ stateFolder })).failed).toEqual([]);
  });
});
