import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type CATALOGUE_FAULTS,
  type CatalogueFault,
  type CheckableCapture,
  retentionLease,
} from "@pilab/schema";
import { reportCheck } from "../checks/check-results.ts";
import type { PilabContext } from "../context.ts";
import { type HeldLease, holdLease } from "../leases/hold-lease.ts";
import { removeObjects } from "../retention/purge.ts";
import { readBack } from "../scrub/read-back.ts";
import { type Check, recordChecks } from "../scrub/record-checks.ts";
import { reportFaulty } from "../scrub/scrub.ts";
import { dataOf } from "../supabase-error.ts";
import { thumbnailPlace } from "../uploads/object-path.ts";
import { type Brake, createBrake, RunHeld } from "./brake.ts";
import { cataloguePages } from "./catalogue-pages.ts";
import { createDeviceIds } from "./device-ids.ts";
import { hasClaim } from "./read-object.ts";
import { recountCaptures } from "./recount-captures.ts";
import { type Settled, settleObjects } from "./settle-objects.ts";

/** Settings of {@link reconcile}. */
export interface ReconcileOptions {
  /** Default: the client's. */
  readonly bucket?: string | undefined;
  /** Put right what can be; default: only look and record. */
  readonly fix?: boolean | undefined;
  /** Trash and remove more than the brake allows. */
  readonly confirm?: boolean | undefined;
  /** Younger objects without a row may be uploads under way, and are left alone. Default an hour. */
  readonly minAgeMs?: number | undefined;
  /** Who works, for a person to read. */
  readonly holder: string;
  readonly signal?: AbortSignal | undefined;
  /** Told each disagreement and what was done about it. */
  readonly onFault?: ((fault: CatalogueFault, settled: Settled | undefined) => void) | undefined;
}

/** What a reconcile found, and what it did. */
export interface ReconcileReport {
  readonly bucket: string;
  readonly fix: boolean;
  readonly objects: number;
  readonly rows: number;
  readonly thumbnails: number;
  /** Objects without a row that are too young to judge. */
  readonly young: number;
  /** Disagreements, by kind. */
  readonly found: Readonly<Record<(typeof CATALOGUE_FAULTS)[number], number>>;
  readonly adopted: number;
  readonly trashed: number;
  readonly removed: number;
  /** Objects that a person has to look at. */
  readonly left: number;
  /** Rows whose thumbnail was set to what lies there. */
  readonly thumbnailsSet: number;
  /** Slugs of devices that were made, retired, for adopted captures whose device had no row. */
  readonly devicesMade: readonly string[];
  /** Counters that were not what the rows say. */
  readonly drifted: number;
  /** Why the brake held it; null: it did not. */
  readonly held: string | null;
  /** Rows whose object is missing or another; only a Pi that still has the file, or a backup, can bring it back. */
  readonly faulty: number;
}

type Tally = { -readonly [K in keyof ReconcileReport]: ReconcileReport[K] };

/**
 * Compares rows with objects and counters with rows. What is wrong with a row is recorded and told to the alerts in any case:
 * no row is ever dropped. With `fix` objects without a row are adopted, moved to the trash or, where they are no picture,
 * removed, under the lease of the bucket's retention. A run that was killed is simply run again. With the service key only.
 */
export async function reconcile(ctx: PilabContext, options: ReconcileOptions): Promise<ReconcileReport> {
  const { bucket = ctx.bucket, fix = false, holder, signal } = options;
  const tally = emptyTally(bucket, fix);
  const survey = await lookThrough(ctx, { ...options, bucket, tally });
  if (fix) {
    const work = (lease: HeldLease) => putRight(ctx, { ...options, bucket, tally, survey, lease });
    await holdLease(ctx, retentionLease(bucket), { holder, signal, work });
  } else {
    tally.drifted = await recountCaptures(ctx, { bucket, repair: false, signal });
  }
  tally.faulty = await reportFaulty(ctx, bucket, signal);
  await reportOrphans(ctx, tally, signal);
  return tally;
}

interface Surveyed {
  /** Objects that nothing claims: at least so many would be trashed or removed. */
  readonly unclaimed: number;
}

/** Sees all, records what is wrong with rows, changes nothing else. */
async function lookThrough(
  ctx: PilabContext,
  options: ReconcileOptions & { bucket: string; tally: Tally },
): Promise<Surveyed> {
  const { bucket, minAgeMs = 3_600_000, fix, signal, tally, onFault } = options;
  let unclaimed = 0;
  for await (const page of cataloguePages(ctx, "compare_catalogue", { bucket, minAgeMs, signal })) {
    tally.objects += page.objects;
    tally.rows += page.rows;
    tally.young += page.young;
    for (const fault of page.faults) {
      count(tally, fault);
      if (!fix || isOfRow(fault)) onFault?.(fault, undefined);
      if (fault.kind === "tombstone" || (fault.kind === "no_row" && !hasClaim(fault))) unclaimed += 1;
    }
    await recordRows(ctx, bucket, { faults: page.faults, signal });
  }
  for await (const page of cataloguePages(ctx, "compare_thumbnails", { bucket, minAgeMs, signal })) {
    tally.thumbnails += page.objects;
    for (const fault of page.faults) {
      count(tally, fault);
      unclaimed += 1;
      if (!fix) onFault?.(fault, undefined);
    }
  }
  return { unclaimed };
}

function isOfRow({ kind }: CatalogueFault): boolean {
  return kind === "no_object" || kind === "size_differs" || kind === "found_again";
}

/** A row without its object stays as it is, and visible; the agent that still has the file is told `missing` and sends it. */
async function recordRows(
  ctx: PilabContext,
  bucket: string,
  { faults, signal }: { faults: readonly CatalogueFault[]; signal: AbortSignal | undefined },
): Promise<void> {
  const checks = faults.flatMap((fault): Check[] => {
    const named = { id: fault.id ?? "", object_path: fault.path, bytes: 0 };
    if (fault.kind === "no_object") return [{ ...named, outcome: "missing" }];
    if (fault.kind !== "size_differs") return [];
    const detail = `the object has ${fault.object_bytes} bytes, catalogued are ${fault.row_bytes}`;
    return [{ ...named, outcome: "mismatch", detail }];
  });
  for (let at = 0; at < checks.length; at += 500) {
    await recordChecks(ctx, bucket, { checks: checks.slice(at, at + 500), signal });
  }
  const back = faults.filter(({ kind }) => kind === "found_again");
  for (let at = 0; at < back.length; at += 50) {
    const captures = await checkables(ctx, back.slice(at, at + 50), signal);
    await recordChecks(ctx, bucket, { checks: await readBack(ctx, bucket, { captures, signal }), signal });
  }
}

async function checkables(
  ctx: PilabContext,
  faults: readonly CatalogueFault[],
  signal: AbortSignal | undefined,
): Promise<CheckableCapture[]> {
  const ids = faults.flatMap(({ id }) => (id ? [id] : []));
  return await ctx.call(
    { what: "reading captures that are back" },
    async (attempt) => {
      const rows = ctx.supabase
        .from("captures")
        .select("id, device_id, object_path, sha256, size_bytes")
        .in("id", ids);
      return dataOf(await rows.abortSignal(attempt.signal)) as CheckableCapture[];
    },
    { signal },
  );
}

async function putRight(
  ctx: PilabContext,
  options: ReconcileOptions & { bucket: string; tally: Tally; survey: Surveyed; lease: HeldLease },
): Promise<void> {
  const { bucket, tally, survey, confirm = false, lease } = options;
  const { signal } = lease;
  const devices = createDeviceIds(ctx);
  const scratch = await mkdtemp(join(tmpdir(), "pilab-reconcile-"));
  try {
    const brake = await createBrake(ctx, {
      bucket,
      objects: tally.objects + tally.thumbnails,
      confirm,
      signal,
    });
    brake.foresee(survey.unclaimed);
    const settling = { bucket, leaseToken: lease.token, scratch, devices, brake: brake.count, signal };
    await fixCaptures(ctx, { ...options, settling });
    await fixThumbnails(ctx, { ...options, brake, signal });
  } catch (error) {
    if (!(error instanceof RunHeld)) throw error;
    tally.held = error.message;
  } finally {
    tally.devicesMade = devices.made;
    await rm(scratch, { recursive: true, force: true });
  }
  tally.drifted = await recountCaptures(ctx, { bucket, repair: true, signal });
}

async function fixCaptures(
  ctx: PilabContext,
  options: ReconcileOptions & { bucket: string; tally: Tally; settling: Parameters<typeof settleObjects>[2] },
): Promise<void> {
  const { bucket, minAgeMs = 3_600_000, tally, settling, onFault } = options;
  const { signal } = settling;
  for await (const page of cataloguePages(ctx, "compare_catalogue", { bucket, minAgeMs, signal })) {
    const alone = page.faults.filter(({ kind }) => kind === "no_row" || kind === "tombstone");
    for await (const { fault, settled } of settleObjects(ctx, alone, settling)) {
      tally[settled.action] += 1;
      onFault?.(fault, settled);
    }
    const thumbnails = page.faults.filter(({ kind }) => kind === "thumbnail_differs");
    for (let at = 0; at < thumbnails.length; at += 500) {
      tally.thumbnailsSet += await refreshThumbnails(ctx, thumbnails.slice(at, at + 500), signal);
    }
  }
}

async function refreshThumbnails(ctx: PilabContext, faults: readonly CatalogueFault[], signal: AbortSignal) {
  const ids = faults.flatMap(({ id }) => (id ? [id] : []));
  return await ctx.call(
    { what: "setting thumbnails to what is stored" },
    async (attempt) =>
      dataOf(await ctx.supabase.rpc("refresh_thumbnails", { ids }).abortSignal(attempt.signal)),
    { signal },
  );
}

/** A thumbnail is made of a picture, never the only copy of anything; without row and object it is a leftover. */
async function fixThumbnails(
  ctx: PilabContext,
  options: ReconcileOptions & { bucket: string; tally: Tally; brake: Brake; signal: AbortSignal },
): Promise<void> {
  const { bucket, minAgeMs = 3_600_000, tally, brake, signal, onFault } = options;
  for await (const { faults } of cataloguePages(ctx, "compare_thumbnails", { bucket, minAgeMs, signal })) {
    if (faults.length === 0) continue;
    for (const _fault of faults) brake.count();
    await removeObjects(
      ctx,
      thumbnailPlace(bucket, "").bucket,
      faults.map(({ path }) => path),
      signal,
    );
    tally.removed += faults.length;
    for (const fault of faults)
      onFault?.(fault, { action: "removed", why: "a thumbnail without its capture" });
  }
}

async function reportOrphans(
  ctx: PilabContext,
  tally: Tally,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { bucket, fix, held, drifted, found, adopted, trashed, removed, left } = tally;
  const alone = found.no_row + found.tombstone + found.thumbnail_alone;
  const outstanding = fix
    ? Math.max(left, held === null ? 0 : alone - adopted - trashed - removed)
    : alone + drifted;
  const detail = { ...found, adopted, trashed, removed, left, counters_drifted: drifted, held };
  await reportCheck(
    ctx,
    { check: "orphans", subjectId: bucket, ok: outstanding === 0, found: outstanding, detail },
    signal,
  );
}

function count(tally: Tally, { kind }: CatalogueFault): void {
  (tally.found as Record<CatalogueFault["kind"], number>)[kind] += 1;
}

function emptyTally(bucket: string, fix: boolean): Tally {
  return {
    ...{ bucket, fix, objects: 0, rows: 0, thumbnails: 0, young: 0 },
    found: {
      ...{ no_row: 0, tombstone: 0, no_object: 0, size_differs: 0 },
      ...{ thumbnail_differs: 0, thumbnail_alone: 0, found_again: 0 },
    },
    ...{ adopted: 0, trashed: 0, removed: 0, left: 0, thumbnailsSet: 0, drifted: 0, faulty: 0 },
    ...{ devicesMade: [], held: null },
  };
}
