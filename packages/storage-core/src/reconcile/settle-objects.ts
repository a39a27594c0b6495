import { join } from "node:path";
import { mapItems } from "@pilab/chunking";
import {
  type CaptureToLog,
  type CatalogueFault,
  isPilabError,
  PilabError,
  type TakenIn,
  takenIn,
} from "@pilab/schema";
import { z } from "zod";
import { logCaptures } from "../captures/log-captures.ts";
import type { PilabContext } from "../context.ts";
import { purgeCaptures, removeObjects } from "../retention/purge.ts";
import { dataOf, parsed } from "../supabase-error.ts";
import { checkRow } from "../uploads/capture-work.ts";
import type { DeviceIds } from "./device-ids.ts";
import { fileNameOf, type ReadObject, readObject } from "./read-object.ts";

/** What became of an object without a row. */
export type Settled =
  | { readonly action: "adopted" }
  /** Of unknown origin, in the trash: an operator may restore it. */
  | { readonly action: "trashed"; readonly why: string }
  /** No picture and no video. */
  | { readonly action: "removed"; readonly why: string }
  /** As it was; a person has to look. */
  | { readonly action: "left"; readonly why: string };

/** What settling works with. */
export interface Settling {
  readonly bucket: string;
  /** Of the lease `retention:<bucket>`. */
  readonly leaseToken: number;
  /** A folder of the run's own. */
  readonly scratch: string;
  readonly devices: DeviceIds;
  /** Asked before each object that is trashed or removed; throws to hold the run. */
  readonly brake: () => void;
  readonly signal: AbortSignal;
}

/** Settles objects without a row, two at a time: each result names its object. A row comes first, then what it allows. */
export async function* settleObjects(
  ctx: PilabContext,
  faults: readonly CatalogueFault[],
  settling: Settling,
): AsyncGenerator<{ fault: CatalogueFault; settled: Settled }> {
  const run = mapItems(
    faults,
    (fault, { index, signal }) =>
      settle(ctx, fault, { ...settling, signal, scratch: join(settling.scratch, `${index}`) }),
    {
      ...{ concurrency: 2, chunkDelayMs: 0, maxChunks: Number.POSITIVE_INFINITY, failFastThreshold: 1 },
      signal: settling.signal,
    },
  );
  for await (const result of run) {
    if (result.ok) yield { fault: result.item, settled: result.value };
    else if (isOfTheObject(result.error)) {
      yield { fault: result.item, settled: { action: "left", why: (result.error as Error).message } };
    } else throw result.error;
  }
  settling.signal.throwIfAborted();
}

/** Gone meanwhile, or not to be read: that concerns this object alone. */
function isOfTheObject(error: unknown): boolean {
  return (
    isPilabError(error) &&
    ["not_found", "server_error", "server_lied", "file_unreadable"].includes(error.code)
  );
}

async function settle(ctx: PilabContext, fault: CatalogueFault, settling: Settling): Promise<Settled> {
  const { bucket, scratch, signal } = settling;
  // No row can be made of nothing, so that nobody can be in the way.
  if (fault.object_bytes === 0) return await remove(ctx, fault.path, settling, "it is empty");
  const read = await readObject(ctx, fault, { bucket, scratch, signal });
  const pathIsFree = fault.kind === "no_row" && isCataloguePath(read.path);
  if (read.claim && pathIsFree) {
    const doubt = await adopt(ctx, read, settling);
    return doubt === null ? { action: "adopted" } : await takeIn(ctx, fault, { read, settling, why: doubt });
  }
  if (read.isJunk) return await removeJunk(ctx, fault, { read, settling, pathIsFree });
  const why =
    read.claimProblem ?? (fault.kind === "tombstone" ? "its capture was purged" : "no row can have its path");
  if (pathIsFree) return await takeIn(ctx, fault, { read, settling, why });
  return await moveAndTakeIn(ctx, fault, { read, settling, why });
}

/** Null: it has its row. Else why it has none: the bytes are in the catalogue already, at another path, or it was refused. */
async function adopt(
  ctx: PilabContext,
  read: ReadObject,
  { bucket, devices, signal }: Settling,
): Promise<string | null> {
  const claim = read.claim as NonNullable<ReadObject["claim"]>;
  const row = rowOf(read, {
    ...{ bucket, contentType: "application/octet-stream" },
    time: { at: claim.captured_at, source: claim.source },
  });
  const forDeviceId = await devices.idOf(claim.device, signal);
  const item = { ...row, series: claim.series ?? null, shot_type: claim.shot_type ?? null };
  const [logged] = await logCaptures(ctx, [item], { forDeviceId, signal });
  if (!logged || logged.outcome === "refused") return `the catalogue refused it: ${logged?.reason}`;
  if (logged.object_path === read.path) return null;
  return `its bytes are catalogued already, at ${logged.object_path}`;
}

async function takeIn(
  ctx: PilabContext,
  fault: CatalogueFault,
  {
    read,
    settling,
    why,
    path = read.path,
  }: { read: ReadObject; settling: Settling; why: string; path?: string },
): Promise<Settled> {
  const { bucket, signal } = settling;
  settling.brake();
  const row = rowOf({ ...read, path }, { bucket, contentType: contentTypeOf(fault), time: read.capturedAt });
  const metadata = {
    reconcile: { why, found_at: fault.path, ...(fault.user_metadata && { claim: fault.user_metadata }) },
  };
  const taken = await takeInUnknown(ctx, { ...row, metadata }, { remove: false, signal });
  if (taken.outcome === "refused") return { action: "left", why: `${why}; not taken in: ${taken.reason}` };
  return { action: "trashed", why };
}

/**
 * Where the path cannot have a row, the object moves to one that can. A tombstone keeps its path, and what is no path of
 * the catalogue is nobody's, so that no capture loses its object by it.
 */
async function moveAndTakeIn(
  ctx: PilabContext,
  fault: CatalogueFault,
  { read, settling, why }: { read: ReadObject; settling: Settling; why: string },
): Promise<Settled> {
  const extension = read.inspection?.extension ?? "bin";
  const path = `unknown-origin/${read.sha256}.${extension}`;
  if (path === fault.path) return { action: "left", why: `${why}; it was taken in before and purged` };
  settling.brake();
  const moved = await move(ctx, {
    bucket: settling.bucket,
    from: fault.path,
    to: path,
    signal: settling.signal,
  });
  if (!moved) return { action: "left", why: `${why}; the same bytes lie at ${path}` };
  return await takeIn(ctx, fault, { read, settling: { ...settling, brake: () => {} }, why, path });
}

async function removeJunk(
  ctx: PilabContext,
  fault: CatalogueFault,
  { read, settling, pathIsFree }: { read: ReadObject; settling: Settling; pathIsFree: boolean },
): Promise<Settled> {
  const why = read.problem ?? "it is no picture and no video";
  if (!pathIsFree) return await remove(ctx, fault.path, settling, why);
  const { bucket, leaseToken, signal } = settling;
  settling.brake();
  const row = rowOf(read, { bucket, contentType: contentTypeOf(fault), time: read.capturedAt });
  const taken = await takeInUnknown(ctx, row, { remove: true, signal });
  if (taken.outcome === "held") return await remove(ctx, fault.path, { ...settling, brake: () => {} }, why);
  if (taken.outcome !== "purging" || taken.id === null)
    return { action: "left", why: `${why}; not claimed: ${taken.reason}` };
  const [purged] = await purgeCaptures(ctx, { bucket, ids: [taken.id], leaseToken, signal });
  if (purged?.outcome === "changed") return { action: "removed", why };
  return { action: "left", why: `${why}; its removal is not finished: ${purged?.reason}` };
}

async function remove(ctx: PilabContext, path: string, settling: Settling, why: string): Promise<Settled> {
  settling.brake();
  await removeObjects(ctx, settling.bucket, [path], settling.signal);
  return { action: "removed", why };
}

/** What the constraint of captures.object_path takes. */
function isCataloguePath(path: string): boolean {
  return /^[a-z0-9-]{1,63}\/./.test(path) && path.length <= 900;
}

function contentTypeOf({ content_type }: CatalogueFault): string {
  return /^[a-z]+\/[a-z0-9.+-]{1,100}$/.test(content_type ?? "")
    ? (content_type as string)
    : "application/octet-stream";
}

function rowOf(
  read: ReadObject,
  { bucket, contentType, time }: { bucket: string; contentType: string; time: ReadObject["capturedAt"] },
): CaptureToLog {
  const { path, sha256, sizeBytes, inspection } = read;
  const { measures = null } = inspection ?? {};
  const row: CaptureToLog = {
    ...{ bucket_id: bucket, object_path: path, file_name: fileNameOf(path), sha256, size_bytes: sizeBytes },
    content_type: inspection?.contentType ?? contentType,
    ...{ series: null, shot_type: null },
    // Whether the clock was right then nobody can say any more; untrusted is what retention treats with most care.
    ...{
      captured_at: time.at,
      captured_at_source: time.source,
      captured_at_trusted: false,
      clock_offset_ms: null,
    },
    ...{ width: inspection?.width ?? null, height: inspection?.height ?? null },
    brightness: measures?.brightness ?? null,
    sharpness: measures?.sharpness ?? null,
    contrast: measures?.contrast ?? null,
    measures_source: measures?.source ?? null,
    measures_version: measures?.version ?? null,
    exif: inspection?.exif ?? {},
    metadata: {},
    thumbnail_path: null,
  };
  try {
    checkRow(row);
    return row;
  } catch {
    // A picture may say of itself what the catalogue cannot hold. The picture matters more.
    return { ...row, exif: {} };
  }
}

async function takeInUnknown(
  ctx: PilabContext,
  item: CaptureToLog,
  { remove, signal }: { remove: boolean; signal: AbortSignal },
): Promise<TakenIn> {
  const what = `taking in ${item.object_path}`;
  const [taken] = await ctx.call(
    { what },
    async (attempt) => {
      const call = ctx.supabase.rpc("take_in_unknown", { item: item as never, remove });
      return parsed(z.tuple([takenIn]), dataOf(await call.abortSignal(attempt.signal)), what);
    },
    { signal },
  );
  return taken;
}

/** False: something lies there already. */
async function move(
  ctx: PilabContext,
  { bucket, from, to, signal }: { bucket: string; from: string; to: string; signal: AbortSignal },
): Promise<boolean> {
  try {
    await ctx.call(
      { what: `moving ${bucket}/${from} to ${to}` },
      async () => dataOf(await ctx.supabase.storage.from(bucket).move(from, to)),
      { signal },
    );
    return true;
  } catch (error) {
    if (error instanceof PilabError && error.code === "already_exists") return false;
    throw error;
  }
}
