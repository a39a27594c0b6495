import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { PilabError } from "@pilab/schema";
import type { PilabContext } from "../context.ts";
import type { Capture } from "./capture.ts";

/** The fields of a capture that its download needs. */
export type Downloadable = Pick<Capture, "bucket_id" | "object_path" | "size_bytes" | "sha256">;

/** The bytes of a capture, verified against the catalogue's hash; throws `server_lied` for any others. */
export async function downloadCapture(
  ctx: PilabContext,
  capture: Downloadable,
  signal?: AbortSignal,
): Promise<Buffer> {
  return await ctx.call(
    { what: `download of ${capture.object_path}` },
    async (attempt) => {
      const chunks: Buffer[] = [];
      const check = createCheck(capture);
      for await (const chunk of await ctx.objects.download(placeOf(capture), { signal: attempt.signal })) {
        check.add(chunk as Buffer);
        chunks.push(chunk as Buffer);
      }
      check.end();
      return Buffer.concat(chunks);
    },
    { signal },
  );
}

/**
 * Downloads into a file that appears under its name only when it is whole, verified and on the disk. At any moment
 * there is either no such file or the right one.
 */
export async function downloadToFile(
  ctx: PilabContext,
  capture: Downloadable,
  { path, signal }: { path: string; signal?: AbortSignal | undefined },
): Promise<void> {
  const part = `${path}.part`;
  await mkdir(dirname(path), { recursive: true });
  try {
    await ctx.call(
      { what: `download of ${capture.object_path}` },
      async (attempt) => {
        const check = createCheck(capture);
        const body = await ctx.objects.download(placeOf(capture), { signal: attempt.signal });
        const hashing = new Transform({
          transform(chunk: Buffer, _encoding, done) {
            check.add(chunk);
            done(null, chunk);
          },
        });
        await pipeline(body, hashing, createWriteStream(part, { flush: true }), { signal: attempt.signal });
        check.end();
      },
      { signal, budgetMs: Number.POSITIVE_INFINITY },
    );
    await rename(part, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

function placeOf({ bucket_id, object_path }: Downloadable) {
  return { bucket: bucket_id, path: object_path };
}

function createCheck({ object_path, size_bytes, sha256 }: Downloadable) {
  const hash = createHash("sha256");
  let sizeBytes = 0;
  return {
    add(chunk: Buffer): void {
      hash.update(chunk);
      sizeBytes += chunk.byteLength;
    },
    end(): void {
      if (hash.digest("hex") === sha256) return;
      throw new PilabError(
        "server_lied",
        `${object_path}: the server gave other bytes than were catalogued (${sizeBytes} bytes, wanted ${size_bytes})`,
        { hint: "The object was changed or damaged on the server; it is not saved." },
      );
    },
  };
}

/** A rename is on the disk when its folder is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
