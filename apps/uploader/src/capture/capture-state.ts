import { readFile, rename, writeFile } from "node:fs/promises";
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
