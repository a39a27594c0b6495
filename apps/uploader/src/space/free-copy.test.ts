import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type CopyIdentity, freeCopy } from "./free-copy.ts";

let home: string;
let spool: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "pilab-free-"));
  spool = join(home, "spool");
  mkdirSync(spool);
});

afterEach(() => rmSync(home, { recursive: true }));

function stored(path: string, text = "picture"): CopyIdentity {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  const { dev: device, ino: inode, size, mtimeNs } = statSync(path, { bigint: true });
  return { path, device, inode, sizeBytes: Number(size), mtimeNs };
}

test("frees a copy in the spool and below it, once", () => {
  for (const copy of [stored(join(spool, "a.jpg")), stored(join(spool, "day", "b.jpg"))]) {
    expect(freeCopy(copy, [spool])).toBe("freed");
    expect(existsSync(copy.path)).toBe(false);
    expect(freeCopy(copy, [spool])).toBe("gone");
  }
});

test("frees nothing outside its folders, whatever the path pretends", () => {
  const elsewhere = stored(join(home, "photos", "a.jpg"));
  const sameStart = stored(join(home, "spool-of-mine", "a.jpg"));
  const throughDots = { ...elsewhere, path: `${spool}/../photos/a.jpg` };
  symlinkSync(join(home, "photos"), join(spool, "link"));
  const throughLink = { ...elsewhere, path: join(spool, "link", "a.jpg") };
  for (const copy of [elsewhere, sameStart, throughDots, throughLink]) {
    expect(freeCopy(copy, [spool])).toBe("outside");
    expect(freeCopy(copy, [])).toBe("outside");
    expect(freeCopy(copy, [join(home, "never-made")])).toBe("outside");
  }
  expect(existsSync(elsewhere.path)).toBe(true);
  expect(existsSync(sameStart.path)).toBe(true);
});

test("leaves a copy whose disk was mounted anew to the journal, which is to learn of it first", () => {
  const copy = stored(join(spool, "a.jpg"));
  expect(freeCopy({ ...copy, device: copy.device + 1n }, [spool])).toBe("remounted");
  expect(existsSync(copy.path)).toBe(true);
});

test("finds a spool that is itself reached by a link", () => {
  symlinkSync(spool, join(home, "alias"));
  const copy = stored(join(spool, "a.jpg"));
  expect(freeCopy({ ...copy, path: join(home, "alias", "a.jpg") }, [join(home, "alias")])).toBe("freed");
});

test("keeps what changed since it was stored: rewritten, renamed over, a link put in its place", () => {
  const rewritten = stored(join(spool, "a.jpg"));
  writeFileSync(rewritten.path, "PICTURE");
  const replaced = stored(join(spool, "b.jpg"));
  renameSync(stored(join(spool, "new.jpg")).path, replaced.path);
  const linked = stored(join(spool, "c.jpg"));
  renameSync(linked.path, join(spool, "moved.jpg"));
  symlinkSync(join(spool, "moved.jpg"), linked.path);
  for (const copy of [rewritten, replaced, linked]) {
    expect(freeCopy(copy, [spool])).toBe("changed");
    expect(existsSync(copy.path)).toBe(true);
  }
});
