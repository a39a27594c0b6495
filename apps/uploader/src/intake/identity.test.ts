import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { FileIdentity } from "../journal/types.ts";
import { findAgain, identify } from "./identity.ts";

let base: string;
let folder: string;

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "pilab-identity-"));
  folder = join(base, "camera", "today");
  mkdirSync(folder, { recursive: true });
});

afterEach(() => rmSync(base, { recursive: true }));

async function put(name = "a.jpg"): Promise<FileIdentity> {
  const path = join(folder, name);
  writeFileSync(path, "frame");
  return (await identify(path)) as FileIdentity;
}

it("sees no file in a folder, a dead link, or nothing", async () => {
  symlinkSync(join(folder, "nowhere"), join(folder, "dead.jpg"));
  for (const path of [folder, join(folder, "dead.jpg"), join(folder, "nothing.jpg")])
    expect(await identify(path)).toBeUndefined();
});

it("finds a file again that is as it was", async () => {
  expect(await findAgain(await put())).toBe("there");
});

it("tells another version, by its bytes or by its inode", async () => {
  const file = await put();
  appendFileSync(file.path, "more");
  expect(await findAgain(file)).toBe("changed");
  const other = await put("b.jpg");
  const now = await put();
  renameSync(other.path, now.path);
  expect(await findAgain(now)).toBe("changed");
});

it("gives a file up as gone when it was removed, alone or with its folders", async () => {
  const [one, other] = [await put(), await put("b.jpg")];
  rmSync(one.path);
  expect(await findAgain(one)).toBe("gone");
  rmSync(join(base, "camera"), { recursive: true });
  expect(await findAgain(other)).toBe("gone");
});

it.skipIf(process.platform !== "linux" || process.getuid?.() !== 0)(
  "never takes a file for gone whose disk is not mounted now",
  async () => {
    execFileSync("mount", ["-t", "tmpfs", "tmpfs", join(base, "camera")]);
    mkdirSync(folder);
    const file = await put();
    execFileSync("umount", [join(base, "camera")]);
    expect(await findAgain(file)).toBe("away");
  },
);
