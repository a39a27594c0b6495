import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

const schema = z.object({
  pid: z.number(),
  /** Whether what it saves is uploaded (`--supabase`). */
  uploads: z.boolean(),
  folder: z.string(),
  intervalMs: z.number(),
  taken: z.number(),
  failed: z.number(),
  /** Failures since the last picture. */
  failedInRow: z.number(),
  /** Points of the schedule that passed while the camera was busy. */
  missed: z.number(),
  /** Points passed over because there was no space. */
  held: z.number(),
  heldBecause: z.string().nullable(),
  lastTakenAt: z.string().nullable(),
  lastError: z.string().nullable(),
});

/** How a capture loop is doing, for `status`. */
export type CaptureState = z.infer<typeof schema>;

/** Writes the state in one step. It belongs into /run, a memory disk: it is written with each picture. */
export async function writeCaptureState(path: string, state: CaptureState): Promise<void> {
  await writeFile(`${path}.tmp`, `${JSON.stringify(state)}\n`, { mode: 0o644 });
  await rename(`${path}.tmp`, path);
}

/** Reads the state; null where no capture loop runs. */
export async function readCaptureState(path: string): Promise<CaptureState | null> {
  try {
    return schema.parse(JSON.parse(await readFile(path, "utf8")));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}

const NAME = "capture.json";

/** Where a capture loop keeps its state: the memory disk that systemd gives it, else the state folder. */
export function captureStatePath(
  env: Readonly<Record<string, string | undefined>>,
  stateFolder: string,
): string {
  return join(env.RUNTIME_DIRECTORY?.split(":")[0] || stateFolder, NAME);
}

/** The state of the loop that runs as a service, else of one started by hand; null where none has. */
export async function findCaptureState(stateFolder: string): Promise<CaptureState | null> {
  for (const folder of ["/run/pilab-capture", stateFolder]) {
    // A half-read or older form tells nothing, and `status` has more to show.
    const state = await readCaptureState(join(folder, NAME)).catch(() => null);
    if (state !== null) return state;
  }
  return null;
}
