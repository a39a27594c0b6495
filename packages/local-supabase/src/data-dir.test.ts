import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeJwt, jwtVerify } from "jose";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { defaultDataDir, ensureKeys, readKeys } from "./data-dir.ts";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "pilab-data-dir-"));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

describe("the data folder", () => {
  test("is PILAB_DATA_DIR, else below XDG_DATA_HOME, else below the home folder", () => {
    expect(defaultDataDir({ PILAB_DATA_DIR: "/data/lab", XDG_DATA_HOME: "/xdg" })).toBe("/data/lab");
    expect(defaultDataDir({ XDG_DATA_HOME: "/xdg" })).toBe("/xdg/pilab");
    expect(defaultDataDir({})).toMatch(/\.local\/share\/pilab$/);
  });
});

describe("the keys", () => {
  test("are made once and stay the same", async () => {
    expect(await readKeys(dir)).toBeUndefined();
    const first = await ensureKeys(dir);
    expect(await ensureKeys(dir)).toEqual(first);
    expect(await readKeys(dir)).toEqual(first);
    expect(decodeJwt(first.anonKey)).toMatchObject({ role: "anon" });
    expect(decodeJwt(first.serviceRoleKey)).toMatchObject({ role: "service_role" });
    await jwtVerify(first.serviceRoleKey, new TextEncoder().encode(first.jwtSecret));
  });

  test("are readable by their owner alone", async () => {
    await ensureKeys(dir);
    expect((await stat(join(dir, "keys.json"))).mode & 0o777).toBe(0o600);
  });

  test("follow a JWT secret that is given", async () => {
    const before = await ensureKeys(dir);
    const jwtSecret = "0123456789abcdef0123456789abcdef";
    const after = await ensureKeys(dir, { jwtSecret });
    expect(after.jwtSecret).toBe(jwtSecret);
    expect(after.anonKey).not.toBe(before.anonKey);
    expect(await ensureKeys(dir)).toEqual(after);
  });

  test("are never replaced silently when their file is damaged", async () => {
    await writeFile(join(dir, "keys.json"), "{");
    await expect(ensureKeys(dir)).rejects.toMatchObject({ code: "invalid_input" });
    expect(await readFile(join(dir, "keys.json"), "utf8")).toBe("{");
  });

  test("need a secret of 32 characters", async () => {
    await expect(ensureKeys(dir, { jwtSecret: "short" })).rejects.toThrow(
      "the JWT secret has 5 characters, it needs 32",
    );
  });
});
