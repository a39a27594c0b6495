import "server-only";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { once } from "../once.ts";

const run = promisify(execFile);

/** The version of ffmpeg on this host, asked once; null: there is none. */
export function ffmpegVersion(): Promise<string | null> {
  return once("ffmpeg", async () => {
    try {
      const { stdout } = await run("ffmpeg", ["-version"], { timeout: 10_000 });
      return /^ffmpeg version (\S+)/.exec(stdout)?.[1] ?? "unknown";
    } catch {
      return null; // not found, or no program that can be run
    }
  });
}
