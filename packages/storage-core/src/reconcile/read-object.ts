import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { CAPTURED_AT_SOURCES, type CatalogueFault, deviceSlug, isPilabError } from "@pilab/schema";
import { z } from "zod";
import type { PilabContext } from "../context.ts";
import { chooseCapturedAt, type Inspection } from "../pictures/index.ts";

/** What an uploader of PiLab writes beside each object. */
const captureClaim = z.object({
  v: z.literal(1),
  sha256: z.string(),
  captured_at: z.iso.datetime({ offset: true }),
  source: z.enum(CAPTURED_AT_SOURCES),
  series: z.string().min(1).max(200).nullish(),
  shot_type: z.string().min(1).max(200).nullish(),
  device: deviceSlug,
});
/** See {@link captureClaim}: no more than a claim until the bytes were hashed. */
export type CaptureClaim = z.output<typeof captureClaim>;

/** What an object's own bytes say. */
export interface ReadObject {
  readonly path: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  /** Null: no picture or video that is whole; `problem` says why. */
  readonly inspection: Inspection | null;
  readonly problem: string | null;
  /** True: it is no picture and no video at all, or empty. One that is cut off may still show something. */
  readonly isJunk: boolean;
  /** The bytes are those that its uploader told of, in the folder of the device it told of. */
  readonly claim: CaptureClaim | null;
  readonly claimProblem: string | null;
  readonly capturedAt: { at: string; source: CaptureClaim["source"] };
}

/** Whether metadata could be of PiLab's uploader, before anything is read. */
export function hasClaim({ user_metadata }: CatalogueFault): boolean {
  return captureClaim.safeParse(user_metadata).success;
}

/** Downloads an object into a scratch file, hashes and inspects it there. */
export async function readObject(
  ctx: PilabContext,
  fault: CatalogueFault,
  { bucket, scratch, signal }: { bucket: string; scratch: string; signal: AbortSignal },
): Promise<ReadObject> {
  const { path } = fault;
  try {
    const { sha256, sizeBytes } = await downloadTo(ctx, { bucket, path, scratch, signal });
    const inspected = await inspect(ctx, { scratch, sizeBytes, path, signal });
    const claimed = judgeClaim(fault, sha256);
    return {
      path,
      sha256,
      sizeBytes,
      ...inspected,
      ...claimed,
      capturedAt: timeOf(fault, inspected.inspection),
    };
  } finally {
    await rm(scratch, { force: true });
  }
}

async function downloadTo(
  ctx: PilabContext,
  { bucket, path, scratch, signal }: { bucket: string; path: string; scratch: string; signal: AbortSignal },
): Promise<{ sha256: string; sizeBytes: number }> {
  return await ctx.call(
    { what: `reading ${bucket}/${path}` },
    async (attempt) => {
      const hash = createHash("sha256");
      let sizeBytes = 0;
      const hashing = new Transform({
        transform(chunk: Buffer, _encoding, done) {
          hash.update(chunk);
          sizeBytes += chunk.byteLength;
          done(null, chunk);
        },
      });
      const body = await ctx.objects.download({ bucket, path }, { signal: attempt.signal });
      await pipeline(body, hashing, createWriteStream(scratch), { signal: attempt.signal });
      return { sha256: hash.digest("hex"), sizeBytes };
    },
    { signal, budgetMs: Number.POSITIVE_INFINITY },
  );
}

async function inspect(
  ctx: PilabContext,
  {
    scratch,
    sizeBytes,
    path,
    signal,
  }: { scratch: string; sizeBytes: number; path: string; signal: AbortSignal },
): Promise<Pick<ReadObject, "inspection" | "problem" | "isJunk">> {
  try {
    const options = { fileName: fileNameOf(path), thumbnail: false, signal };
    const inspection = await ctx.settings.inspect({ path: scratch, sizeBytes }, options);
    return { inspection, problem: null, isJunk: false };
  } catch (error) {
    if (!isPilabError(error) || !["file_empty", "file_truncated", "not_a_capture"].includes(error.code))
      throw error;
    return { inspection: null, problem: error.message, isJunk: error.code !== "file_truncated" };
  }
}

function judgeClaim(
  { path, user_metadata }: CatalogueFault,
  sha256: string,
): Pick<ReadObject, "claim" | "claimProblem"> {
  const { data } = captureClaim.safeParse(user_metadata);
  const folder = path.split("/")[0];
  if (!data) return { claim: null, claimProblem: "it carries no capture's metadata" };
  if (data.sha256 !== sha256)
    return { claim: null, claimProblem: "its bytes are not those whose SHA-256 it carries" };
  if (data.device !== folder)
    return { claim: null, claimProblem: `it is ${data.device}'s, in the folder ${folder}` };
  return { claim: data, claimProblem: null };
}

function timeOf(
  { path, stored_at }: CatalogueFault,
  inspection: Inspection | null,
): ReadObject["capturedAt"] {
  const mtimeMs = stored_at ? Date.parse(stored_at) : undefined;
  const now = new Date(mtimeMs ?? Date.now());
  const taken = inspection?.takenAt;
  const chosen = chooseCapturedAt({ taken, fileName: fileNameOf(path), mtimeMs, timeZone: "UTC", now });
  return { at: chosen.capturedAt.toISOString(), source: chosen.source };
}

/** The last part of an object's path, as far as the catalogue takes one. */
export function fileNameOf(path: string): string {
  return (path.split("/").at(-1) || path).slice(0, 255);
}
