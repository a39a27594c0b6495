import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createPilabClient, type PilabClient } from "@pilab/storage-core";
import { startTestSupabase, type TestSupabase } from "@pilab/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AdminCall, createAdminCall } from "../src/demo/admin-api.ts";
import { followArrivals } from "../src/demo/arrivals.ts";
import { type DeviceAccount, ensureDevice } from "../src/demo/device-account.ts";
import { drawFrame } from "../src/demo/frame.ts";
import { runDemo } from "../src/demo/index.ts";
import { removeFrames } from "../src/demo/remove-frames.ts";

let server: TestSupabase;
let admin: PilabClient;
let call: AdminCall;
let folder: string;

beforeAll(async () => {
  server = await startTestSupabase();
  admin = createPilabClient({ url: server.url, serviceKey: server.serviceRoleKey });
  call = createAdminCall(server);
  folder = await mkdtemp(join(tmpdir(), "pilab-demo-"));
}, 60_000);

afterAll(async () => {
  await admin?.close();
  await server?.stop();
  await rm(folder, { recursive: true });
});

const accountOptions = (slug: string) => ({
  admin,
  call,
  url: server.url,
  anonKey: server.anonKey,
  slug,
  name: slug,
  timeZone: "UTC",
  path: join(folder, `${slug}.json`),
});

function signIn({ credentials: { anonKey: key, ...account } }: DeviceAccount): PilabClient {
  return createPilabClient({ ...account, key });
}

async function upload(client: PilabClient, frames: number): Promise<void> {
  for (let i = 0; i < frames; i += 1) {
    const at = new Date(Date.UTC(2026, 0, 1, 10, i));
    await client.captures.uploadAndLog(await drawFrame(at), { fileName: `frame-${i}.jpg`, capturedAt: at });
  }
}

describe("the account of a device", { timeout: 60_000 }, () => {
  it("is made once, its file for its owner alone, and unchanged at later starts", async () => {
    const first = await ensureDevice(accountOptions("once"));
    expect((await stat(join(folder, "once.json"))).mode & 0o777).toBe(0o600);
    expect(await ensureDevice(accountOptions("once"))).toEqual(first);
  });

  it("follows the server to another address", async () => {
    const { credentials } = await ensureDevice(accountOptions("moved"));
    await writeFile(
      join(folder, "moved.json"),
      JSON.stringify({ ...credentials, url: "http://127.0.0.1:9" }),
      { mode: 0o600 },
    );
    expect((await ensureDevice(accountOptions("moved"))).credentials).toEqual(credentials);
    expect(JSON.parse(await readFile(join(folder, "moved.json"), "utf8"))).toEqual(credentials);
  });

  it.each(["lost", "spoilt"])("gets a new password when its file is %s", async (slug) => {
    const first = await ensureDevice(accountOptions(slug));
    if (slug === "lost") await rm(join(folder, `${slug}.json`));
    else
      await writeFile(
        join(folder, `${slug}.json`),
        JSON.stringify({ ...first.credentials, password: "other" }),
      );
    const second = await ensureDevice(accountOptions(slug));
    expect(second.deviceId).toBe(first.deviceId);
    expect(second.credentials.password).not.toBe(first.credentials.password);
    const client = signIn(second);
    await upload(client, 1);
    await client.close();
  });

  it("is not given back to a device that an admin retired", async () => {
    const { deviceId } = await ensureDevice(accountOptions("retired"));
    await call("PATCH", `/rest/v1/devices?id=eq.${deviceId}`, { retired_at: new Date().toISOString() });
    await expect(ensureDevice(accountOptions("retired"))).rejects.toThrow("The device retired is retired");
  });
});

describe("demo frames", { timeout: 60_000 }, () => {
  const live = async (deviceId: string) =>
    (await admin.captures.list({ deviceId })).captures.map((one) => one.file_name);

  it("are catalogued as a camera's: EXIF time and zone, measures, thumbnail", async () => {
    const account = await ensureDevice(accountOptions("camera"));
    const client = signIn(account);
    const at = new Date("2026-01-01T10:26:10.123Z");
    await client.captures.uploadAndLog(await drawFrame(at), { fileName: "tray.jpg" });
    await client.close();
    const [row] = (await admin.captures.list({ deviceId: account.deviceId })).captures;
    expect(row).toMatchObject({
      captured_at_source: "exif",
      captured_at_trusted: true,
      width: 1280,
      height: 720,
      exif: { make: "PiLab", model: "Demo camera", offset: "+00:00" },
    });
    expect(new Date(row?.captured_at ?? "")).toEqual(at);
    expect(row?.thumbnail_path).not.toBeNull();
  });

  it("are removed but for the newest and the pinned ones, object and thumbnail too, and the row is a tombstone", async () => {
    const account = await ensureDevice(accountOptions("tray"));
    const client = signIn(account);
    await upload(client, 6);
    await client.close();
    const options = { bucket: "pilab-dev", deviceId: account.deviceId };
    await call("PATCH", `/rest/v1/captures?device_id=eq.${account.deviceId}&file_name=eq.frame-1.jpg`, {
      pinned_at: new Date().toISOString(),
    });
    expect(await removeFrames(call, { ...options, keep: 2 })).toBe(3);
    expect(await live(account.deviceId)).toEqual(["frame-5.jpg", "frame-4.jpg", "frame-1.jpg"]);
    const gone = await call<Record<string, string>[]>(
      "GET",
      `/rest/v1/captures?device_id=eq.${account.deviceId}&purged_at=not.is.null&select=object_path,thumbnail_path,exif,delete_reason`,
    );
    expect(gone).toHaveLength(3);
    for (const row of gone) {
      expect(row).toMatchObject({ exif: {}, delete_reason: "demo frame" });
      for (const [bucket, path] of [
        ["pilab-dev", row.object_path],
        ["pilab-dev-thumbs", row.thumbnail_path],
      ]) {
        await expect(call("GET", `/storage/v1/object/info/authenticated/${bucket}/${path}`)).rejects.toThrow(
          /40[04]/,
        );
      }
    }
    expect(await removeFrames(call, { ...options, keep: 2 })).toBe(0);
  });

  it("that a crash left half removed are finished by the next run", async () => {
    const account = await ensureDevice(accountOptions("crashed"));
    const client = signIn(account);
    await upload(client, 2);
    await client.close();
    const now = new Date().toISOString();
    await call("PATCH", `/rest/v1/captures?device_id=eq.${account.deviceId}`, { deleted_at: now });
    await call("PATCH", `/rest/v1/captures?device_id=eq.${account.deviceId}&file_name=eq.frame-0.jpg`, {
      purging_at: now,
    });
    expect(await removeFrames(call, { bucket: "pilab-dev", deviceId: account.deviceId, keep: 0 })).toBe(2);
  });
});

it("arrivals are told once, with their device and a look at the newest, whoever sent them", {
  timeout: 60_000,
}, async () => {
  const account = await ensureDevice(accountOptions("sender"));
  const client = signIn(account);
  await upload(client, 1);
  const read = await followArrivals(call);
  expect(await read()).toEqual([]);
  await client.captures.uploadAndLog(await drawFrame(new Date("2026-01-02T00:00:00Z")), {
    fileName: "new.jpg",
  });
  await client.close();
  expect(await read()).toEqual([
    {
      device: "sender",
      at: expect.any(Date),
      captures: 1,
      bytes: expect.any(Number),
      newest: { file: "new.jpg", width: 1280, height: 720, brightness: expect.any(Number) },
    },
  ]);
  expect(await read()).toEqual([]);
});

const AGENT = fileURLToPath(new URL("../src/main.ts", import.meta.url));

function startAgent(args: readonly string[]) {
  const child = spawn(process.execPath, [AGENT, "run", ...args], { stdio: "ignore" });
  const ended = new Promise<number>((resolve) => child.on("exit", (code) => resolve(code ?? 1)));
  return {
    ended,
    stop() {
      child.kill("SIGTERM");
      return ended;
    },
  };
}

it("goes on without a device that an admin retired, and says so", { timeout: 60_000 }, async () => {
  const { deviceId } = await ensureDevice(accountOptions("this-machine"));
  await call("PATCH", `/rest/v1/devices?id=eq.${deviceId}`, { retired_at: new Date().toISOString() });
  const lines: string[] = [];
  const stop = new AbortController();
  await runDemo({
    url: server.url,
    anonKey: server.anonKey,
    serviceRoleKey: server.serviceRoleKey,
    dataDir: folder,
    camera: true,
    everyMs: 100,
    keep: 5,
    binFolder: "/opt/pilab/bin",
    startAgent,
    print: (line) => {
      lines.push(line);
      if (line.includes("demo-camera   tray-")) stop.abort();
    },
    signal: stop.signal,
  });
  expect(lines[0]).toBe(
    "The device this-machine is retired. An admin ended it; npm start does not undo that.",
  );
  expect(lines.join("\n")).not.toContain("pilab-uploader upload");
});
