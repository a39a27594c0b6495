import { createHash } from "node:crypto";
import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { open, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { makeJpeg } from "@pilab/testing";
import { afterEach, expect, test, vi } from "vitest";
import { closeTheBooks } from "./agent/books.ts";
import { type AgentLab, startAgentLab, until } from "./agent/lab.ts";
import { makeLargeJpeg } from "./agent/large-picture.ts";
import { mountSmallDisk, type SmallDisk } from "./agent/small-disk.ts";
import { type RunningCommand, startUploader, uploader } from "./run-uploader.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const MIB = 1024 * 1024;
const IN_ORDER = { lost: [], wrongRows: [], wrongObjects: [], orphans: [], freedWithoutProof: [] };

const disks: SmallDisk[] = [];
let lab: AgentLab;
let camera: RunningCommand | undefined;

function mount(sizeMib: number, skip: (reason: string) => never): SmallDisk {
  const mounted = mountSmallDisk(sizeMib);
  if (typeof mounted === "string") return skip(mounted);
  disks.push(mounted);
  return mounted;
}

/** A lab whose spool, journal and reserve lie on a disk of their own. */
async function startOn(sizeMib: number, skip: (reason: string) => never): Promise<SmallDisk> {
  const mounted = mount(sizeMib, skip);
  lab = await startAgentLab("pi-1", mounted.path);
  return mounted;
}

afterEach(async () => {
  camera?.kill("SIGKILL");
  await camera?.result;
  camera = undefined;
  try {
    if (disks.length > 0) await lab.stop();
  } finally {
    for (const mounted of disks.splice(0)) mounted.unmount();
  }
});

let seed = 0;

/** A writer that knows nothing of temporary names, and goes on to the next picture when one does not fit. */
async function write(folder: string, sizeBytes: number): Promise<"whole" | "cut"> {
  seed += 1;
  const bytes = await makeLargeJpeg(sizeBytes, seed);
  const path = join(folder, `writer-${String(seed).padStart(4, "0")}.jpg`);
  try {
    writeFileSync(path, bytes);
  } catch (error) {
    expect(error).toMatchObject({ code: "ENOSPC" });
    return "cut";
  }
  lab.note(path, bytes);
  return "whole";
}

const count = (where: string) =>
  lab.journal<{ n: number }>(`select count(*) as n from files where ${where}`)[0]?.n ?? 0;
const status = async () => {
  const result = await uploader(["status", "--state-dir", lab.stateFolder, "--json"], lab.env);
  expect(result).toMatchObject({ code: 0, stderr: "" });
  return JSON.parse(result.stdout);
};
const rowCount = async () => (await lab.rows<{ n: number }>("select count(*)::int as n from captures"))[0]?.n;
const device = async () => (await lab.rows<Record<string, unknown>>("select * from device_status"))[0];

test("a disk that fills: verified copies go, the camera is held, half files are quarantined, and nothing is lost", async ({
  skip,
}) => {
  await startOn(160, skip);
  const ballast = (name: string, mib: number) =>
    writeFileSync(join(lab.stateFolder, name), Buffer.alloc(mib * MIB));
  const reserve = join(lab.stateFolder, "reserve");
  const flags = { maxDiskPercent: 50, pictures: false };
  ballast("system", 48);
  const first = lab.start(flags, { awayMaxMs: 200 });
  await until(() => existsSync(reserve));
  for (let index = 0; index < 4; index += 1) await write(lab.spool, 2 * MIB);
  await until(() => count("state = 'confirmed'") === 4);

  // The server is away, and a camera takes what there is.
  const back = lab.proxy.inject({ fault: { kind: "reset" } });
  const base = mkdtempSync(join(tmpdir(), "pilab-camera-"));
  writeFileSync(join(base, "base.jpg"), await makeLargeJpeg(3 * MIB, 10_000));
  const shoot = `cat "${base}/base.jpg" > "$1" && date +%s%N >> "$1" && sha256sum "$1" >> "${base}/shots"`;
  camera = startUploader(
    [
      ...["capture", "--interval", "0.5", "--supabase", "--state-dir", lab.stateFolder],
      ...["--", "sh", "-c", shoot, "camera", "{file}"],
    ],
    lab.env,
  );
  await until(async () => (await status()).capture?.held > 0);
  expect(await status()).toMatchObject({
    running: true,
    capture: { heldBecause: expect.stringMatching(/^The disk is 5\d % full, past its limit of 50 %/) },
    agent: { complaints: expect.arrayContaining([expect.stringContaining("Capture is stopped")]) },
  });
  expect(count("state = 'freed'")).toBe(4);
  expect([...lab.written.values()].filter((path) => !existsSync(path))).toHaveLength(4);

  // Nobody holds another writer: it fills the disk, then what the reserve gave up, too.
  ballast("download", 70);
  while ((await write(lab.spool, 2 * MIB)) === "whole");
  await until(() => !existsSync(reserve));
  while ((await write(lab.spool, 2 * MIB)) === "whole");
  await first.said("no room even for the journal");
  await first.kill("SIGKILL");
  const agent = lab.start(flags);
  await agent.said("ready");

  // The server is back, but no proof could be noted: uploads wait for the person who makes space.
  back();
  await agent.said("connected");
  expect(await rowCount()).toBe(4);
  rmSync(join(lab.stateFolder, "download"));
  await until(() => count("state in ('queued', 'placed', 'stored')") === 0 && existsSync(reserve), {
    describe: () => [lab.journal("select state, files from counters"), agent.log.slice(-3)],
  });
  const { capture } = await status();
  await until(async () => (await status()).capture.taken > capture.taken);
  camera.kill("SIGTERM");
  expect(await camera.result).toMatchObject({ code: 0 });
  await until(() => count("state in ('queued', 'placed', 'stored')") === 0);
  await until(async () => (await device())?.last_error === null, { describe: device });
  expect(await device()).toMatchObject({ quarantined_files: 2, last_quarantine_reason: /writer-/ });
  expect(await agent.kill("SIGTERM")).toBe(0);

  for (const line of (await readFile(join(base, "shots"), "utf8")).trim().split("\n")) {
    const [sha256 = "", path = ""] = line.split("  ");
    lab.note(join(lab.spool, basename(path)), sha256);
  }
  rmSync(base, { recursive: true });
  expect(await closeTheBooks(lab)).toMatchObject({ catalogued: lab.written.size, ...IN_ORDER });
});

test("a watched folder that fills the disk is said loudly here and on the server, and nothing in it is freed", async ({
  skip,
}) => {
  const { path } = await startOn(64, skip);
  const folder = join(path, "camera");
  mkdirSync(folder);
  const agent = lab.start({ folder: [folder], maxDiskPercent: 50, keepLocal: "0", pictures: false });
  await until(() => existsSync(join(lab.stateFolder, "reserve")));
  for (let index = 0; index < 7; index += 1) await write(folder, 3 * MIB);
  const complaint = `Whatever writes to ${folder} is filling the disk`;
  await agent.said(complaint);
  await until(() => count("state = 'confirmed'") === 7);
  await until(async () => (await device())?.state === "disk_full");
  expect((await device())?.last_error).toContain(complaint);
  const shown = await uploader(["status", "--state-dir", lab.stateFolder], lab.env);
  expect(shown.stdout).toContain(`  ! The disk is `);
  expect(shown.stdout).toContain(complaint);
  expect([...lab.written.values()].filter((written) => !existsSync(written))).toEqual([]);

  for (const written of [...lab.written.values()].slice(0, 3)) rmSync(written);
  await until(async () => (await device())?.last_error === null, { describe: device });
  expect((await device())?.state).not.toBe("disk_full");
});

test("a folder on another disk fills that one: it is said, its safe copies go with --free, and the camera goes on", async ({
  skip,
}) => {
  await startOn(64, skip);
  const { path: folder } = mount(16, skip);
  const agent = lab.start({ folder: [folder], maxDiskPercent: 50, pictures: false });
  for (let index = 0; index < 4; index += 1) await write(folder, 2.5 * MIB);
  await agent.said(`Whatever writes to ${folder} is filling the disk`);
  await until(async () => (await device())?.state === "disk_full");
  expect(existsSync(join(lab.stateFolder, "capture-brake"))).toBe(false);
  await until(() => count("state = 'confirmed'") === 4);
  expect([...lab.written.values()].filter((path) => !existsSync(path))).toEqual([]);
  expect(await agent.kill("SIGTERM")).toBe(0);

  lab.start({ free: [folder], maxDiskPercent: 50, pictures: false });
  await until(async () => (await device())?.last_error === null && count("state = 'freed'") > 0);
  // Down to two points below the limit, and no further.
  expect(count("state = 'freed'")).toBe(1);
  expect((await closeTheBooks(lab)).freedWithoutProof).toEqual([]);
});

test("on any disk a half-written file becomes no capture: slow, rewritten, renamed over, linked, overwritten on its way", async ({
  skip,
}) => {
  await startOn(64, skip);
  const picture = async () => {
    seed += 1;
    const bytes = await makeJpeg({ width: 64, height: 48, seed });
    return { bytes, sha256: createHash("sha256").update(bytes).digest("hex") };
  };
  const half = (bytes: Buffer) => Math.floor(bytes.length / 2);
  const at = (name: string) => join(lab.spool, name);
  const stored = async () =>
    (await lab.rows<{ sha256: string }>("select sha256 from captures")).map(({ sha256 }) => sha256);
  const agent = lab.start({ settle: "0.2s", pictures: false }, { giveUpMs: 20_000 });
  await agent.said("ready");
  const slow = await picture();
  const rewritten = [await picture(), await picture()] as const;
  const renamed = [await picture(), await picture()] as const;
  const linked = await picture();
  const overtaken = [await picture(), await picture()] as const;

  // Halves that lie still for longer than a file settles.
  writeFileSync(at("slow.jpg"), slow.bytes.subarray(0, half(slow.bytes)));
  writeFileSync(at("rewritten.jpg"), rewritten[0].bytes);
  writeFileSync(at("renamed.jpg"), renamed[0].bytes);
  writeFileSync(at("linked.tmp"), linked.bytes);
  linkSync(at("linked.tmp"), at("linked.jpg"));
  unlinkSync(at("linked.tmp"));
  await until(async () => (await stored()).length === 3);
  writeFileSync(at("rewritten.jpg"), rewritten[1].bytes.subarray(0, half(rewritten[1].bytes)));
  writeFileSync(at("renamed.part"), renamed[1].bytes);
  renameSync(at("renamed.part"), at("renamed.jpg"));
  linkSync(at("linked.jpg"), at("linked-again.jpg"));
  await until(async () => (await stored()).length === 4);
  await until(() => count("state in ('stored', 'confirmed') and path like '%linked%'") === 2);
  for (const [name, { bytes }] of [
    ["slow.jpg", slow],
    ["rewritten.jpg", rewritten[1]],
  ] as const) {
    const file = await open(at(name), "r+");
    await file.write(bytes, half(bytes), bytes.length - half(bytes), half(bytes));
    await file.close();
  }
  await until(async () => (await stored()).length === 6);
  lab.proxy.inject({
    method: "POST",
    path: /\/object\/pilab-dev\//,
    times: 1,
    fault: { kind: "meanwhile", run: () => writeFileSync(at("overtaken.jpg"), overtaken[1].bytes) },
  });
  writeFileSync(at("overtaken.jpg"), overtaken[0].bytes);
  await until(async () => (await stored()).includes(overtaken[1].sha256));

  for (const { bytes } of [slow, linked, ...rewritten, ...renamed, ...overtaken]) lab.note(at("any"), bytes);
  const { wrongRows, wrongObjects, orphans } = await closeTheBooks(lab);
  expect({ wrongRows, wrongObjects, orphans }).toEqual({ wrongRows: [], wrongObjects: [], orphans: [] });
  expect(count("state = 'quarantined'")).toBe(0);
});
