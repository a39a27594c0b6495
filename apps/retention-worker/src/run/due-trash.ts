import type { RetentionPolicy } from "@pilab/schema";
import { createGrace, type PilabClient, type TrashedCapture } from "@pilab/storage-core";

const DAY_MS = 86_400_000;

/** Which trash is due. */
export interface DueOptions {
  readonly bucket: string;
  /** Those that are in the table now: `begin_purge` asks them too. */
  readonly policies: readonly RetentionPolicy[];
  /** Of the server's clock: what was due by then. */
  readonly now: string;
  readonly signal: AbortSignal;
}

/**
 * What of the trash a run purges: first what a killed run left half-purged, then what is past its grace and not pinned. The
 * server decides again about each, by `begin_purge`; here only those are chosen that are worth asking about.
 */
export async function* dueTrash(
  client: PilabClient,
  { bucket, policies, now, signal }: DueOptions,
): AsyncGenerator<TrashedCapture> {
  yield* client.retention.trash({ bucket, purging: true, signal });
  const graceOf = createGrace(policies);
  const nowMs = Date.parse(now);
  const shortest = Math.min(
    DEFAULT_GRACE_DAYS,
    ...policies.filter((p) => p.enabled).map((p) => p.grace_days),
  );
  const trashedUntil = new Date(nowMs - shortest * DAY_MS).toISOString();
  for await (const capture of client.retention.trash({ bucket, trashedUntil, signal })) {
    const dueAtMs = Date.parse(capture.deleted_at) + graceOf(capture) * DAY_MS;
    if (dueAtMs <= nowMs && capture.pinned_at === null && capture.purging_at === null) yield capture;
  }
}

// As in SQL: what no policy covers stays so long. Only bounds what is read.
const DEFAULT_GRACE_DAYS = 7;
