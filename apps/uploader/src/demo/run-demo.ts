import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { isPilabError } from "@pilab/schema";
import { createPilabClient } from "@pilab/storage-core";
import { countText } from "../upload/words.ts";
import { type AdminCall, createAdminCall } from "./admin-api.ts";
import { type Arrival, arrivalLine, followArrivals } from "./arrivals.ts";
import { pause, runCamera } from "./camera.ts";
import { type DeviceAccount, type DeviceAccountOptions, ensureDevice, findDevice } from "./device-account.ts";
import { removeFrames } from "./remove-frames.ts";

/** What {@link runDemo} is given. */
export interface DemoOptions {
  url: string;
  anonKey: string;
  serviceRoleKey: string;
  /** Credentials files of the two devices go to `devices` below it. */
  dataDir: string;
  /** False removes the demo's frames and leaves the camera out. */
  camera: boolean;
  /** Between two frames. */
  everyMs: number;
  /** The newest so many frames stay. */
  keep: number;
  /** The folder that holds `pilab-uploader` and `pilab-local`. */
  binFolder: string;
  /** Starts `pilab-uploader run` with these options. */
  startAgent: (args: readonly string[]) => DemoAgent;
  print: (line: string) => void;
  signal: AbortSignal;
}

/** The agent, as a process. */
export interface DemoAgent {
  /** Its exit code, when it is gone. */
  ended: Promise<number>;
  stop(): Promise<unknown>;
}

const CAMERA_SLUG = "demo-camera";
const OWN_SLUG = "this-machine";
const LOOK_EVERY_MS = 500;
const AFTER_FAILURE_MS = 5000;
/** Frames are removed a few at a time, not one by one. */
const REMOVE_EVERY_FRAMES = 20;

/**
 * Makes the devices, says how to upload one's own folder, and until the signal aborts takes demo frames and tells what
 * arrives, from whichever device.
 */
export async function runDemo(options: DemoOptions): Promise<void> {
  const { url, serviceRoleKey, dataDir, print, signal } = options;
  const call = createAdminCall({ url, serviceRoleKey }, signal);
  const admin = createPilabClient({ url, serviceKey: serviceRoleKey });
  try {
    const folder = join(dataDir, "devices");
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const shared = { admin, call, url, anonKey: options.anonKey };
    const ownPath = join(folder, `${OWN_SLUG}.json`);
    const own = { ...shared, slug: OWN_SLUG, name: "This machine", timeZone: ownTimeZone(), path: ownPath };
    if (await ensureUnlessEnded(own, print)) {
      for (const line of invitation(options.binFolder, ownPath)) print(line);
    }

    const readArrivals = await followArrivals(call);
    const camera = options.camera
      ? startCamera(options, { ...shared, path: join(folder, `${CAMERA_SLUG}.json`), bucket: admin.bucket })
      : removeDemo(call, { ...options, bucket: admin.bucket });
    await Promise.all([camera, tellArrivals(readArrivals, options)]);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    await admin.close();
  }
}

type Shared = Pick<DeviceAccountOptions, "admin" | "call" | "url" | "anonKey">;

/** The camera and its agent, as on a Pi: frames go into a spool, and from there each goes up once. */
async function startCamera(
  { dataDir, everyMs, keep, print, signal, startAgent }: DemoOptions,
  { bucket, path, ...shared }: Shared & { bucket: string; path: string },
): Promise<void> {
  const expectedIntervalS = Math.max(1, Math.ceil(everyMs / 1000));
  const device = {
    ...shared,
    slug: CAMERA_SLUG,
    name: "Demo camera",
    timeZone: "UTC",
    expectedIntervalS,
    path,
  };
  const account = await ensureUnlessEnded(device, print);
  if (account === undefined) return;
  print(
    `A demo camera takes a frame every ${everyMs / 1000} s; the newest ${keep} are kept. Without it: npm start -- --no-demo`,
  );
  print("");
  const folder = demoFolder(dataDir);
  const spool = join(folder, "spool");
  const agent = startAgent([
    ...["--credentials", path, "--spool", spool, "--state-dir", join(folder, "state")],
    ...["--series", "seedlings", "--shot-type", "timelapse", "--settle", "0.5s", "--keep-local", "1h"],
    // A data folder that was reset has new devices; what is still here goes to them.
    "--new-target",
  ]);
  const failed = new AbortController();
  void agent.ended.then((code) => failed.abort(new Error(`the demo camera's agent ended (exit ${code})`)));
  let frames = 0;
  try {
    await runCamera({
      folder: spool,
      everyMs,
      signal: AbortSignal.any([signal, failed.signal]),
      onFailure: (error) => print(`${CAMERA_SLUG}: ${messageOf(error)}; going on`),
      async onFrame() {
        frames += 1;
        if (frames % REMOVE_EVERY_FRAMES === 1)
          await removeFrames(shared.call, { bucket, deviceId: account.deviceId, keep, signal });
      },
    });
    if (!signal.aborted) failed.signal.throwIfAborted();
  } finally {
    await agent.stop();
  }
}

/** A device that an admin ended stays ended; the system runs on without it. */
async function ensureUnlessEnded(
  options: DeviceAccountOptions,
  print: (line: string) => void,
): Promise<DeviceAccount | undefined> {
  try {
    return await ensureDevice(options);
  } catch (error) {
    if (!isPilabError(error) || error.code !== "forbidden") throw error;
    print(`${error.message}. ${error.hint}`);
    return undefined;
  }
}

async function removeDemo(
  call: AdminCall,
  { bucket, dataDir, print, signal }: DemoOptions & { bucket: string },
): Promise<void> {
  await rm(demoFolder(dataDir), { recursive: true, force: true });
  const device = await findDevice(call, CAMERA_SLUG);
  const removed =
    device === undefined ? 0 : await removeFrames(call, { bucket, deviceId: device.id, keep: 0, signal });
  print(removed === 0 ? "There are no demo frames." : `Removed ${countText(removed, "demo frame")}.`);
  print("");
}

/** The camera's spool and its agent's state. */
function demoFolder(dataDir: string): string {
  return join(dataDir, "demo");
}

async function tellArrivals(read: () => Promise<Arrival[]>, { print, signal }: DemoOptions): Promise<void> {
  while (!signal.aborted) {
    try {
      for (const arrival of await read()) print(arrivalLine(arrival));
      await pause(LOOK_EVERY_MS, signal);
    } catch (error) {
      if (!signal.aborted) print(`What arrived cannot be told: ${messageOf(error)}; going on`);
      await pause(AFTER_FAILURE_MS, signal);
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function invitation(binFolder: string, credentials: string): string[] {
  return [
    "",
    "To upload pictures of your own, run this in the folder that holds them:",
    `  ${quoted(join(binFolder, "pilab-uploader"))} upload . --credentials ${quoted(credentials)}`,
    "To call pilab-uploader and pilab-local by their names:",
    `  export PATH=${quoted(binFolder)}:"$PATH"`,
    "",
  ];
}

/** As a POSIX shell takes it. */
export function quoted(text: string): string {
  return /^[\w@%+=:,./~-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

function ownTimeZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}
