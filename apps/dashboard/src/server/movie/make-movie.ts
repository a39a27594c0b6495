import "server-only";
import { type ChildProcess, spawn } from "node:child_process";
import { once as onceEvent } from "node:events";
import { constants, setPriority } from "node:os";
import type { Writable } from "node:stream";
import { isPilabError, PilabError } from "@pilab/schema";
import type { CaptureTile, PilabClient } from "@pilab/storage-core";
import { logger } from "../logger.ts";
import { FFMPEG_CODECS } from "./movie-frames.ts";

const MOST_WIDTH = 1920;
const STDERR_KEPT = 2000;

/** The movie's bytes while ffmpeg makes them: pictures go in one at a time, and not faster than the client takes the movie. */
export async function* makeMovie(
  pilab: PilabClient,
  frames: readonly CaptureTile[],
  { fps, signal }: { fps: number; signal: AbortSignal },
): AsyncGenerator<Uint8Array> {
  const child = spawn("ffmpeg", argumentsFor(frames[0] as CaptureTile, fps), {
    stdio: ["pipe", "pipe", "pipe"],
    signal,
    killSignal: "SIGKILL",
  });
  // The pages come first.
  if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_BELOW_NORMAL);
  let complaint = "";
  child.stderr.on("data", (text) => (complaint = `${complaint}${text}`.slice(-STDERR_KEPT)));
  const ended = new Promise<number | null>((resolve, reject) =>
    child.once("error", reject).once("close", resolve),
  );
  const fed = feed(child, { pilab, frames, signal });
  // Both are awaited below; until then, neither may count as unheard.
  ended.catch(() => {});
  // Without the rest of its frames ffmpeg would wait, or end a movie that looks whole.
  fed.catch(() => child.kill("SIGKILL"));
  try {
    for await (const chunk of child.stdout) yield chunk as Uint8Array;
    await fed;
    const code = await ended;
    if (code !== 0) throw new PilabError("internal", `ffmpeg ended with ${code}: ${complaint.trim()}`);
  } finally {
    child.kill("SIGKILL");
  }
}

async function feed(
  child: ChildProcess,
  { pilab, frames, signal }: { pilab: PilabClient; frames: readonly CaptureTile[]; signal: AbortSignal },
): Promise<void> {
  const input = child.stdin as NonNullable<ChildProcess["stdin"]>;
  // When ffmpeg ends, writing fails: its exit says why.
  input.on("error", () => {});
  for (const frame of frames) {
    const picture = await read(pilab, frame, signal);
    if (!input.writable) return;
    if (picture && !input.write(picture)) await drained(input, signal);
  }
  input.end();
}

/** Until ffmpeg took what was written, or takes nothing any more. */
async function drained(input: Writable, signal: AbortSignal): Promise<void> {
  const settled = new AbortController();
  const either = { signal: AbortSignal.any([signal, settled.signal]) };
  try {
    await Promise.race([onceEvent(input, "drain", either), onceEvent(input, "close", either)]);
  } finally {
    settled.abort();
  }
}

/** Whole, so that half a picture never gets into the movie; undefined: its object is gone, and the movie goes on without it. */
async function read(
  pilab: PilabClient,
  frame: CaptureTile,
  signal: AbortSignal,
): Promise<Buffer | undefined> {
  try {
    const { body } = await pilab.captures.open(frame, { signal });
    return Buffer.concat(await body.toArray());
  } catch (error) {
    if (!isPilabError(error) || error.code !== "not_found") throw error;
    logger().warn({ err: error, id: frame.id }, "a frame is left out of a movie");
    return undefined;
  }
}

/** H.264 in pieces that need no way back, so that it can be sent as it is made. */
function argumentsFor({ width, height, content_type }: CaptureTile, fps: number): string[] {
  const scale = Math.min(1, MOST_WIDTH / (width ?? MOST_WIDTH));
  const even = (length: number) => Math.max(2, Math.round((length * scale) / 2) * 2);
  const size = `${even(width ?? 1280)}:${even(height ?? 960)}`;
  return [
    ...["-hide_banner", "-loglevel", "error"],
    ...[
      "-f",
      "image2pipe",
      "-framerate",
      String(fps),
      "-c:v",
      FFMPEG_CODECS[content_type] ?? "mjpeg",
      "-i",
      "-",
    ],
    // Frames of another size are fitted in, not stretched.
    ...["-vf", `scale=${size}:force_original_aspect_ratio=decrease,pad=${size}:(ow-iw)/2:(oh-ih)/2,setsar=1`],
    ...["-c:v", "libx264", "-preset", "veryfast", "-crf", "22", "-pix_fmt", "yuv420p", "-g", String(fps * 2)],
    ...["-movflags", "frag_keyframe+empty_moov+default_base_moof", "-f", "mp4", "pipe:1"],
  ];
}
