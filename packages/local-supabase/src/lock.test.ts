import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { lockDataDir, whoRuns } from "./lock.ts";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "pilab-lock-"));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

/** Another process that takes the folder and keeps it until it is killed. */
async function otherProcess() {
  const script = `
    const { lockDataDir } = await import(${JSON.stringify(new URL("lock.ts", import.meta.url).href)});
    const lock = await lockDataDir(${JSON.stringify(dir)}, "pilab-local start");
    await lock.describe({ url: "http://127.0.0.1:1", engine: "pglite" });
    console.log("held"); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  return child;
}

/** Modes stop everyone but root. */
async function asOrdinaryUser(work: () => Promise<void>): Promise<void> {
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(65_534);
  try {
    await work();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}

describe("the lock of a data folder", () => {
  test("refuses a second taker, also in the same process, and names the first", async () => {
    const lock = await lockDataDir(dir, "pilab-local start");
    await lock.describe({ url: "http://127.0.0.1:54321", engine: "pglite" });
    const message = `${dir} is in use by process ${process.pid} (pilab-local start) at http://127.0.0.1:54321`;
    await expect(lockDataDir(dir)).rejects.toMatchObject({ code: "lock_held", message });
    await lock.release();
    await (await lockDataDir(dir)).release();
  });

  test("is free again the moment its process is killed", async () => {
    const child = await otherProcess();
    await expect(lockDataDir(dir)).rejects.toThrow(`process ${child.pid} (pilab-local start)`);
    expect(await whoRuns(dir)).toMatchObject({ pid: child.pid, url: "http://127.0.0.1:1", engine: "pglite" });
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(await whoRuns(dir)).toBeUndefined();
    await (await lockDataDir(dir)).release();
  });

  test("asked for in another user's folder: says whose it is, and not that nothing runs there", async () => {
    const lock = await lockDataDir(dir);
    await chmod(dir, 0);
    try {
      await asOrdinaryUser(async () => {
        const expected = {
          code: "file_unreadable",
          message: `${dir} belongs to another user of this machine`,
        };
        await expect(whoRuns(dir)).rejects.toMatchObject(expected);
      });
    } finally {
      await chmod(dir, 0o700);
      await lock.release();
    }
  });

  test("leaves nothing that says it runs", async () => {
    const lock = await lockDataDir(dir);
    await lock.release();
    await lock.release();
    expect(await whoRuns(dir)).toBeUndefined();
  });
});
