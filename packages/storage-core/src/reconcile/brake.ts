import type { PilabContext } from "../context.ts";
import { listBuckets } from "../retention/bucket-settings.ts";
import { getUsage } from "../usage/get-usage.ts";

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

/** The same limits as retention's: a share of the bucket's live captures, and a number. */
export async function createBrake(
  ctx: PilabContext,
  { bucket, confirm, signal }: { bucket: string; confirm: boolean; signal: AbortSignal },
): Promise<Brake> {
  const settings = (await listBuckets(ctx, signal)).find(({ bucket_id }) => bucket_id === bucket);
  const { live } = await getUsage(ctx, bucket);
  const byShare = live.files * (settings?.brake_share ?? 0.25);
  const limit = Math.min(byShare, settings?.brake_files ?? Number.POSITIVE_INFINITY);
  const check = (objects: number, verb: string) => {
    if (confirm || objects <= limit) return;
    throw new RunHeld(
      `${verb} ${objects} objects without a row, and ${bucket} may lose ${Math.floor(limit)} in one run (it has ${live.files} live captures)`,
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
