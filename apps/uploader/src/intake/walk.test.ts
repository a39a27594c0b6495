import { execFileSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { capturesUnder, walk } from "./walk.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pilab-walk-"));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function put(...names: string[]): Promise<void> {
  for (const name of names) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), "x");
  }
}

async function found(
  paths = [folder],
): Promise<{ files: string[]; ignored: string[]; unreadable: string[] }> {
  const ignored: string[] = [];
  const unreadable: string[] = [];
  const files: string[] = [];
  const events = {
    onIgnored: (path: string) => ignored.push(path),
    onUnreadable: (path: string) => unreadable.push(path),
  };
  for await (const file of capturesUnder(paths, events)) files.push(file);
  const local = (list: string[]) => list.map((path) => relative(folder, path)).sort();
  return { files: local(files), ignored: local(ignored), unreadable: local(unreadable) };
}

it("finds every capture below a folder, whatever the case of its extension", async () => {
  await put("a.jpg", "b/c.JPEG", "b/d/e.png", "f.WebP", "g.dng", "h.mp4", "i.m4v", "j.jpe");
  expect((await found()).files).toEqual([
    "a.jpg",
    "b/c.JPEG",
    "b/d/e.png",
    "f.WebP",
    "g.dng",
    "h.mp4",
    "i.m4v",
    "j.jpe",
  ]);
});

it("passes over hidden and unfinished files, and tells which others it ignored", async () => {
  await put(".a.jpg", ".cache/b.jpg", "c.jpg.tmp", "d.part", "e.jpg~", "f.json", "notes.txt", "g.heic");
  expect(await found()).toEqual({ files: [], ignored: ["g.heic", "notes.txt"], unreadable: [] });
});

it("takes a file that is named, whatever its name", async () => {
  await put("frame", "picture.heic");
  expect((await found([join(folder, "frame"), join(folder, "picture.heic")])).files).toEqual([
    "frame",
    "picture.heic",
  ]);
});

it("follows links, each folder once, and ends where they make a loop", async () => {
  await put("a/x.jpg");
  await symlink(folder, join(folder, "a", "up"));
  await symlink(join(folder, "a", "x.jpg"), join(folder, "y.jpg"));
  expect((await found()).files).toEqual(["a/x.jpg", "y.jpg"]);
});

it("yields a link that leads nowhere: reading it will tell", async () => {
  await symlink(join(folder, "gone.jpg"), join(folder, "link.jpg"));
  expect((await found()).files).toEqual(["link.jpg"]);
});

it("names a path that does not exist", async () => {
  await expect(found([join(folder, "nowhere")])).rejects.toMatchObject({
    code: "invalid_input",
    message: `${join(folder, "nowhere")} does not exist`,
  });
});

it.skipIf(process.getuid?.() === 0)("goes on past a folder that it may not read", async () => {
  await put("open/a.jpg", "shut/b.jpg");
  await chmod(join(folder, "shut"), 0o000);
  expect(await found()).toEqual({ files: ["open/a.jpg"], ignored: [], unreadable: ["shut"] });
  await chmod(join(folder, "shut"), 0o700);
});

it("yields the first of many files without reading on", async () => {
  await put(...Array.from({ length: 300 }, (_, i) => `frame-${i}.jpg`));
  const files = capturesUnder([folder]);
  expect((await files.next()).done).toBe(false);
  expect(await files.return(undefined)).toEqual({ done: true, value: undefined });
});

it("comes across no pipe that has a picture's name: reading it would wait for ever", async () => {
  execFileSync("mkfifo", [join(folder, "pipe.jpg")]);
  await put("a.jpg");
  expect(await found()).toEqual({ files: ["a.jpg"], ignored: [], unreadable: [] });
});

it("comes through each folder once, before what it holds", async () => {
  await put("deep/er/a.jpg", ".hidden/b.jpg");
  await symlink(join(folder, "deep"), join(folder, "link"));
  await symlink(folder, join(folder, "deep", "loop"));
  const folders: string[] = [];
  for await (const one of walk(folder)) if (one.kind === "folder") folders.push(one.path);
  expect(folders.length).toBe(3);
  expect(folders[0]).toBe(folder);
});

it("tells of a folder that is not there instead of failing", async () => {
  const first = await walk(join(folder, "nowhere")).next();
  expect(first.value).toMatchObject({ kind: "unreadable", error: { code: "ENOENT" } });
});
