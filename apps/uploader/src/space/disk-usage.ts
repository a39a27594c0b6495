import type { StatsFs } from "node:fs";
import { statfs } from "node:fs/promises";

/** How full a file system is, for whoever is not root. */
export interface DiskUsage {
  totalBytes: number;
  /** What we can still write: without the share kept for root. */
  availableBytes: number;
  /** Bytes that would have to go before it is empty. */
  usedBytes: number;
  /** Files that can be, and that are; both 0 where the file system makes inodes as needed. */
  totalInodes: number;
  usedInodes: number;
}

/** Looks at the file system that holds `path`. */
export async function readDiskUsage(path: string): Promise<DiskUsage> {
  return diskUsageOf(await statfs(path));
}

/** What a statfs answer means. */
function diskUsageOf({ bsize, blocks, bfree, bavail, files, ffree }: Omit<StatsFs, "type">): DiskUsage {
  const usedBlocks = blocks - bfree;
  return {
    totalBytes: blocks * bsize,
    availableBytes: bavail * bsize,
    usedBytes: usedBlocks * bsize,
    totalInodes: files,
    usedInodes: files - ffree,
  };
}

/** 0 to 100, as `df` counts: used of what can be used, by bytes or by inodes, whichever is fuller. */
export function usedPercent(disk: DiskUsage): number {
  return Math.max(
    percent(disk.usedBytes, disk.usedBytes + disk.availableBytes),
    // Small pictures can use up the inodes first.
    percent(disk.usedInodes, disk.totalInodes),
  );
}

function percent(part: number, whole: number): number {
  return whole > 0 ? (part / whole) * 100 : 0;
}
