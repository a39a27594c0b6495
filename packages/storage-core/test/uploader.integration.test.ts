import { createHash } from "node:crypto";
import { open, utimes } from "node:fs/promises";
import { PilabError } from "@pilab/schema";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { DeviceState, PilabClient, Placement, SessionStore, UploaderItem } from "../src/index.ts";
import { type Project, startProject } from "./start-project.ts";

vi.setConfig({ testTimeout: 30_000 });

let project: Project;
beforeAll(async () => {
  project = await startProject();
}, 120_000);
afterAll(() => project?.stop());

async function withUploader(pilab: PilabClient) {
  const device = await pilab.device.get();
  let settings: DeviceState = device;
  const stop = new AbortController();
  const uploader = pilab.captures.uploader({ device: () => settings, signal: stop.signal });
  return {
    device,
    stop,
    upload: (item: UploaderItem) => uploader.upload(item),
    set: (changed: Partial<DeviceState>) => {
      settings = { ...settings, ...changed };
    },
  };
}

const sentPaths = () =>
  project.proxy.requests
    .filter(({ method, path }) => method === "POST" && path.includes("/object/pilab-dev/"))
    .map(({ path }) => decodeURIComponent(path.split("/object/pilab-dev/")[1] as string));

describe("captures.uploader", () => {
  test("decides path and time once: they are kept before the first byte, and hold for a later try", async () => {
    const { pilab, slug } = await project.device();
    const { upload } = await withUploader(pilab);
    const bytes = await project.picture("2026:03:09 14:15:02");
    const source = await project.file("placed.jpg", bytes);
    project.proxy.reset();
    const placed: { placement: Placement; sentBefore: number }[] = [];
    const onPlaced = async (placement: Placement) => {
      placed.push({ placement, sentBefore: sentPaths().length });
    };
    project.proxy.inject({
      method: "POST",
      path: /\/object\/pilab-dev\//,
      fault: { kind: "answer", status: 500 },
    });
    const first = await upload({ source, onPlaced });
    expect(first).toMatchObject({ outcome: "failed", error: { code: "server_error" } });
    const objectPath = `${slug}/2026/03/09/141502-${createHash("sha256").update(bytes).digest("hex").slice(0, 12)}.jpg`;
    expect(placed).toMatchObject([{ sentBefore: 0, placement: { objectPath, capturedAtSource: "exif" } }]);
    project.proxy.reset();
    const earlier = { ...(placed[0]?.placement as Placement), objectPath: `${slug}/2020/01/01/chosen.jpg` };
    const second = await upload({ source, placement: earlier, capturedAt: "2021-01-01T00:00:00Z" });
    expect(second).toMatchObject({ outcome: "uploaded", objectPath: earlier.objectPath });
    expect(second.capturedAt).toEqual(earlier.capturedAt);
  });

  test("sends nothing of a file that holds other bytes than at its first try, or whose placing failed", async () => {
    const { pilab } = await project.device();
    const { upload } = await withUploader(pilab);
    const source = await project.file("other.jpg", await project.picture());
    let placement: Placement | undefined;
    project.proxy.reset();
    const refused = await upload({
      source,
      onPlaced: async (decided) => {
        placement = decided;
        throw new PilabError("internal", "the journal is on a full disk");
      },
    });
    expect(refused).toMatchObject({ outcome: "failed", error: { code: "internal" } });
    await project.file("other.jpg", await project.picture());
    const changed = await upload({ source, placement });
    expect(changed).toMatchObject({ outcome: "failed", error: { code: "file_changed" } });
    expect(sentPaths()).toEqual([]);
  });

  test("makes no object of a file whose bytes changed after they were hashed, even when size and time tell nothing", async () => {
    const { pilab, slug } = await project.device();
    const { upload } = await withUploader(pilab);
    const bytes = await project.picture();
    const source = await project.file("rewritten.jpg", bytes);
    const sameTime = () => utimes(source, new Date("2026-03-09"), new Date("2026-03-09"));
    await sameTime();
    const outcome = await upload({
      source,
      onPlaced: async () => {
        const file = await open(source, "r+");
        await file.write(Buffer.from([(bytes.at(-9) as number) ^ 1]), 0, 1, bytes.length - 9);
        await file.close();
        await sameTime();
      },
    });
    expect(outcome).toMatchObject({ outcome: "failed", error: { code: "file_changed" } });
    const { rows } = await project.supabase.sql.transaction((tx) =>
      tx.query("select name from storage.objects where name like $1 and name not like '%.webp'", [
        `${slug}/%`,
      ]),
    );
    expect(rows).toEqual([]);
  });

  test("proves what was there already as if it had sent it", async () => {
    const { pilab } = await project.device();
    const { upload } = await withUploader(pilab);
    const source = await project.file("known.jpg", await project.picture());
    await upload({ source });
    expect(await upload({ source, proveDuplicates: true })).toMatchObject({
      outcome: "duplicate",
      verifiedBy: "etag",
    });
    expect((await upload({ source })).verifiedBy).toBeUndefined();
  });

  test("takes the device's settings as they are at each file, and corrects times as it is told", async () => {
    const { pilab } = await project.device();
    const { upload, set } = await withUploader(pilab);
    set({ series: "dish 9", shotType: "macro" });
    const source = await project.file("set.jpg", await project.picture("2026:03:09 14:15:02"));
    const correctTime: UploaderItem["correctTime"] = (time) => ({
      ...time,
      capturedAt: new Date(time.capturedAt.getTime() + 3_600_000),
      trusted: false,
    });
    const { captureId } = await upload({ source, correctTime });
    expect(await pilab.captures.get(captureId as string)).toMatchObject({
      series: "dish 9",
      shot_type: "macro",
      captured_at: "2026-03-09T15:15:02+00:00",
      captured_at_trusted: false,
    });
  });

  test("ends what is under way when it is told to, and says so", async () => {
    const { pilab } = await project.device();
    const { upload, stop } = await withUploader(pilab);
    const source = await project.file("stopped.jpg", await project.picture());
    const remove = project.proxy.inject({ path: /known_captures/, fault: { kind: "hang" } });
    const outcome = upload({ source });
    stop.abort();
    expect(await outcome).toMatchObject({ outcome: "failed", error: { code: "aborted" } });
    remove();
  });
});

describe("the device", () => {
  test("reads its settings and the last heartbeat with the name of its sender", async () => {
    const { pilab, slug, id } = await project.device();
    expect(await pilab.device.get()).toMatchObject({ id, slug, pausedUntil: null, lastHeartbeat: null });
    await pilab.device.reportStatus({ state: "idle", instance: "agent 1" });
    expect((await pilab.device.get()).lastHeartbeat).toMatchObject({ instance: "agent 1" });
    await project.service.device.reportStatus({ state: "idle" }, { forDeviceId: id });
    expect((await pilab.device.get()).lastHeartbeat).toMatchObject({ instance: null });
  });

  test("learns whether it may write without leaving anything", async () => {
    const { pilab, slug } = await project.device();
    await pilab.device.checkMayWrite();
    const { rows } = await project.supabase.sql.transaction((tx) =>
      tx.query("select name from storage.objects where name like $1", [`${slug}/%`]),
    );
    expect(rows).toEqual([]);
    const elsewhere = project.client({ ...(await project.device()).credentials, bucket: "missing" });
    await expect(elsewhere.device.checkMayWrite()).rejects.toMatchObject({
      code: expect.stringMatching(/bucket_missing|forbidden/),
    });
  });

  test("an account that keeps its refresh token signs in by it, and never by another's", async () => {
    const kept = new Map<string, string>();
    const store: SessionStore = {
      load: (account) => kept.get(account),
      save: (account, token) => {
        if (token === undefined) kept.delete(account);
        else kept.set(account, token);
      },
    };
    const { credentials } = await project.device();
    await project.client({ ...credentials, session: { store } }).device.get();
    const [first] = kept.values();
    expect(first).toBeTypeOf("string");
    project.proxy.reset();
    await project.client({ ...credentials, session: { store } }).device.get();
    expect(project.proxy.requests.map(({ path }) => path)).toContain(
      "/auth/v1/token?grant_type=refresh_token",
    );
    expect([...kept.values()]).not.toContain(first);
    project.proxy.reset();
    const other = (await project.device()).credentials;
    await project.client({ ...other, session: { store } }).device.get();
    expect(project.proxy.requests.map(({ path }) => path)).toContain("/auth/v1/token?grant_type=password");
  });

  test("a bandwidth limit is asked before each piece of a body", async () => {
    const { credentials } = await project.device();
    const pieces: number[] = [];
    const pilab = project.client({
      ...credentials,
      throttle: async (bytes) => {
        pieces.push(bytes);
      },
    });
    const bytes = Buffer.concat([await project.picture(), Buffer.alloc(200_000)]);
    const path = await project.file("limited.jpg", bytes);
    expect(await pilab.captures.uploadAndLog(path)).toMatchObject({ outcome: "uploaded" });
    const piece = 16 * 1024;
    expect(pieces.filter((size) => size === piece)).toHaveLength(Math.floor(bytes.length / piece));
    expect(Math.max(...pieces)).toBe(piece);
  });
});
