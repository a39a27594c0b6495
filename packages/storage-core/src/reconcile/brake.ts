import type { PilabContext } from "../context.ts";
import { listBuckets } from "../retention/bucket-settings.ts";

/** Thrown by the brake: the run stops, and what it did so far stays. */
export class RunHeld extends Error {
  override readonly name = "RunHeld";
}

/** Counts what a run trashes and removes, and holds it before it goes too far. */
export interface Brake {
  /** Before anything is done: so many objects would be trashed or removed. */
  foresee(objects: number): void;
  /** Before each one. */
  count(this: void): void;
}

/** The same limits as retention's: a share of the bucket, here of its objects, and a number. */
export async function createBrake(
  ctx: PilabContext,
  {
    bucket,
    objects,
    confirm,
    signal,
  }: { bucket: string; objects: number; confirm: boolean; signal: AbortSignal },
): Promise<Brake> {
  const settings = (await listBuckets(ctx, signal)).find(({ bucket_id }) => bucket_id === bucket);
  const byShare = objects * (settings?.brake_share ?? 0.25);
  const limit = Math.min(byShare, settings?.brake_files ?? Number.POSITIVE_INFINITY);
  const check = (wanted: number, verb: string) => {
    if (confirm || wanted <= limit) return;
    throw new RunHeld(
      `${verb} ${wanted} objects without a row, and ${bucket}, which has ${objects}, may lose ${Math.floor(limit)} in one run`,
    );
  };
  let counted = 0;
  return {
    foresee: (objects) => check(objects, "would trash or remove"),
    count() {
      check(counted + 1, "was to trash or remove");
      counted += 1;
    },
  };
}
