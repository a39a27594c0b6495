import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { scan } from "../upload/scan.ts";
import { walk } from "./walk.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pilab-walk-"));
  const names = [
    "a.jpg",
    "b.JPEG",
    "c.png",
    "d.webp",
    "e.dng",
    "f.mp4",
    "g.m4v",
    "h.jpe",
    ".i.jpg",
    "j.jpg.tmp",
  ];
  const others = ["k.part", "l.jpg~", "m.json", "n.txt", "o.heic", "p", "deep/er/q.jpg", ".hidden/r.jpg"];
  for (const name of [...names, ...others]) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), "x");
  }
  symlinkSync(join(folder, "deep"), join(folder, "link"));
  symlinkSync(folder, join(folder, "deep", "loop"));
});

afterEach(() => rmSync(folder, { recursive: true }));

async function walked(kind: "file" | "folder"): Promise<string[]> {
  const paths: string[] = [];
  for await (const found of walk(folder)) if (found.kind === kind) paths.push(found.path);
  return paths;
}

it("finds the files that `upload` finds", async () => {
  const uploaded: string[] = [];
  for await (const path of scan([folder])) uploaded.push(path);
  expect(await walked("file")).toEqual(uploaded);
  expect(uploaded.length).toBe(9);
});

it("comes through each folder once, before what it holds", async () => {
  const folders = await walked("folder");
  expect(folders.length).toBe(3);
  expect(folders[0]).toBe(folder);
});

it("tells of a folder that is not there instead of failing", async () => {
  const found = await walk(join(folder, "nowhere")).next();
  expect(found.value).toMatchObject({ kind: "unreadable", error: { code: "ENOENT" } });
});
