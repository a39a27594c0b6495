import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A file system that a test can fill. */
export interface SmallDisk {
  readonly path: string;
  unmount(): void;
}

/** Mounts a tmpfs of so many MiB; gives the reason where this machine or user may not. */
export function mountSmallDisk(sizeMib: number): SmallDisk | string {
  if (process.platform !== "linux") return "a disk that is small enough to fill is a tmpfs: Linux only";
  if (process.getuid?.() !== 0) return "only root may mount a disk that is small enough to fill";
  const path = mkdtempSync(join(tmpdir(), "pilab-small-disk-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${sizeMib}m`, "tmpfs", path], { stdio: "pipe" });
  } catch (error) {
    rmSync(path, { recursive: true });
    return `no tmpfs can be mounted here: ${(error as Error).message}`;
  }
  return {
    path,
    unmount() {
      execFileSync("umount", [path]);
      rmSync(path, { recursive: true });
    },
  };
}
