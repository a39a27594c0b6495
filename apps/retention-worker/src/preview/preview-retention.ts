import {
  type NewRetentionPolicy,
  newRetentionPolicy,
  PilabError,
  type RetentionPolicy,
  type RetentionPolicyRow,
  type RetentionPreview,
} from "@pilab/schema";
import {
  createGrace,
  dailyGrowth,
  policySentence,
  RetentionForecaster,
  suggestBrakeShare,
} from "@pilab/storage-core";
import type { Worker } from "../open-worker.ts";
import { serverNow } from "../run/perform-run.ts";

/** What a preview is asked for. */
export interface PreviewRequest {
  readonly bucket: string;
  /** How far to look. */
  readonly days: number;
  /** Stands in for the policy of its scope, or is looked at as a new one. */
  readonly draft?: NewRetentionPolicy | undefined;
  readonly signal: AbortSignal;
}

const DAY_MS = 86_400_000;

/** Reads what there is and forecasts; changes nothing. */
export async function previewRetention(
  { client }: Pick<Worker, "client">,
  { bucket, days, draft, signal }: PreviewRequest,
): Promise<RetentionPreview> {
  const settings = (await client.retention.buckets(signal)).find(({ bucket_id }) => bucket_id === bucket);
  if (!settings) throw new PilabError("bucket_missing", `${bucket} is no bucket of PiLab`);
  const listed = await client.retention.policies.list(signal);
  const policies = withDraft(listed, draft).filter(({ enabled }) => enabled);
  const now = serverNow({ client });
  const growth = dailyGrowth(
    await collect(
      client.retention.dailyStats({ bucket, since: new Date(Date.parse(now) - 8 * DAY_MS), signal }),
    ),
    { now: new Date(now) },
  );
  const forecaster = new RetentionForecaster({
    ...{ policies, days, growth },
    now: new Date(now),
    timeZone: settings.time_zone,
    quotaBytes: settings.quota_bytes,
    trash: await readTrash(client, { bucket, policies: listed, signal }),
  });
  for await (const capture of client.retention.live({ bucket, receivedUntil: now, signal })) {
    forecaster.add(capture);
  }
  const forecast = forecaster.finish();
  return {
    bucket,
    now,
    quota_bytes: settings.quota_bytes,
    full_at: forecast.fullAt?.toISOString() ?? null,
    days: forecast.days.map((day) => ({
      at: day.at.toISOString(),
      arrived_bytes: Math.round(day.arrivedBytes),
      freed_bytes: Math.round(day.freedBytes),
      live_bytes: Math.round(day.liveBytes),
      stored_bytes: Math.round(day.storedBytes),
    })),
    policies: forecast.policies.map(({ policy, days: removals, steadyShare }) => ({
      policy,
      sentence: policySentence(policy),
      removed_files: removals.map(({ removedFiles }) => Math.round(removedFiles)),
      removed_bytes: removals.map(({ removedBytes }) => Math.round(removedBytes)),
      freed_bytes: removals.map(({ freedBytes }) => Math.round(freedBytes)),
      steady_share: steadyShare,
      suggested_brake_share: suggestBrakeShare(steadyShare),
    })),
  };
}

function withDraft(listed: readonly RetentionPolicyRow[], draft?: NewRetentionPolicy): RetentionPolicy[] {
  if (draft === undefined) return [...listed];
  const policy: RetentionPolicy = { ...newRetentionPolicy.parse(draft), id: null };
  const scope = ({ series, device_id, shot_type, bucket_id }: RetentionPolicy) =>
    JSON.stringify([series, device_id, shot_type, bucket_id]);
  return [...listed.filter((other) => scope(other) !== scope(policy)), policy];
}

/** What lies in the trash, by the day on which its grace ends: as many sums as there are days, however much lies there. */
async function readTrash(
  client: Worker["client"],
  { bucket, policies, signal }: { bucket: string; policies: readonly RetentionPolicy[]; signal: AbortSignal },
): Promise<{ bytes: number; freedAt: Date }[]> {
  const graceOf = createGrace(policies);
  const byDay = new Map<number, number>();
  for await (const capture of client.retention.trash({ bucket, signal })) {
    const freedAtMs = Date.parse(capture.deleted_at) + graceOf(capture) * DAY_MS;
    const day = Math.ceil(freedAtMs / DAY_MS);
    const bytes = capture.size_bytes + (capture.thumbnail_bytes ?? 0);
    byDay.set(day, (byDay.get(day) ?? 0) + bytes);
  }
  return [...byDay].map(([day, bytes]) => ({ bytes, freedAt: new Date(day * DAY_MS) }));
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
