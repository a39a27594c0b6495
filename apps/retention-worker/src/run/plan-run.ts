import { createHash } from "node:crypto";
import {
  type BucketSettingsRow,
  newRetentionPolicy,
  PilabError,
  type RetentionPlanRecord,
  type RetentionPolicy,
  type RunScope,
  retentionPolicy,
} from "@pilab/schema";
import {
  checkBrake,
  type Decision,
  type PilabClient,
  type PlanTally,
  policySentence,
  type Reason,
  RetentionPlanner,
} from "@pilab/storage-core";

/** What a plan is made from. */
export interface PlanBasis {
  readonly bucket: BucketSettingsRow;
  readonly scope: RunScope;
  /** Of the server's clock. */
  readonly now: string;
  readonly policies: readonly RetentionPolicy[];
  /** As many removals are kept to be executed; more are counted. */
  readonly maxRemovals: number;
  readonly signal: AbortSignal;
}

/** A capture that goes. */
export interface Removal {
  readonly id: string;
  readonly bytes: number;
  /** Kept with the capture as its `delete_reason`. */
  readonly reason: string;
}

/** A plan, and what of it one run executes. */
export interface MadePlan {
  readonly record: RetentionPlanRecord;
  readonly files: number;
  readonly bytes: number;
  readonly removals: readonly Removal[];
}

/**
 * Decides about every live capture that had been received by `now`. Of later ones it knows nothing, so that a plan does not
 * go stale by what arrives meanwhile; they could only make it remove more.
 */
export async function planRun(client: PilabClient, basis: PlanBasis): Promise<MadePlan> {
  const { bucket, scope, now, policies, maxRemovals, signal } = basis;
  const bucketId = bucket.bucket_id;
  const digest = createHash("sha256").update(headerOf(basis));
  const sums = new Map<readonly Reason[], ReasonSum>();
  const removals: Removal[] = [];
  const total = { files: 0, bytes: 0 };
  const executes = executedBy(scope);

  const planner = new RetentionPlanner(
    { policies, now: new Date(now), timeZone: bucket.time_zone },
    ({ action, bucketId: of, id, bytes, policy, reasons }) => {
      if (action === "keep" || of !== bucketId || !executes(policy)) return;
      const sum = sums.get(reasons) ?? newSum(policy, reasons);
      sums.set(reasons, sum);
      digest.update(`${id} ${sum.key}\n`);
      sum.files++;
      sum.bytes += bytes;
      if (sum.examples.length < EXAMPLES) sum.examples.push(id);
      total.files++;
      total.bytes += bytes;
      if (removals.length < maxRemovals) removals.push({ id, bytes, reason: sum.reason });
    },
  );
  for (const one of await bucketsToRead(client, basis)) {
    for await (const capture of client.retention.live({ bucket: one, receivedUntil: now, signal })) {
      planner.add(capture);
    }
  }
  const tallies = planner.finish().filter((tally) => tally.bucketId === bucketId);
  const verdict = checkBrake(
    tallies.map((tally) => (executes(tally.policy) ? tally : { ...tally, removedFiles: 0, removedBytes: 0 })),
    { share: bucket.brake_share, files: bucket.brake_files },
  );
  return {
    ...total,
    removals,
    record: {
      digest: digest.digest("hex"),
      scope,
      now,
      time_zone: bucket.time_zone,
      policies: [...policies],
      by_policy: tallies.map(policyOf),
      by_reason: await withExamples(client, [...sums.values()], signal),
      brake: verdict.held ? verdict.reasons : [],
      due: null,
    },
  };
}

const EXAMPLES = 3;

interface ReasonSum {
  readonly policy: Decision["policy"];
  readonly reasons: readonly Reason[];
  /** In the digest. */
  readonly key: string;
  readonly reason: string;
  files: number;
  bytes: number;
  readonly examples: string[];
}

function newSum(policy: Decision["policy"], reasons: readonly Reason[]): ReasonSum {
  const reason = reasons.map(({ code }) => code).join(",");
  return {
    policy,
    reasons,
    key: `${policy?.id ?? "one-off"} ${reason}`,
    reason,
    files: 0,
    bytes: 0,
    examples: [],
  };
}

/** All that a plan depends on but the captures, in one canonical text. */
function headerOf({ bucket, scope, now, policies }: PlanBasis): string {
  const { bucket_id, time_zone } = bucket;
  return `${JSON.stringify({ version: 1, bucket_id, time_zone, now, scope, policies })}\n`;
}

/** A policy for any bucket that limits bytes counts all buckets: it must see them. */
async function bucketsToRead(
  client: PilabClient,
  { bucket, scope, policies, signal }: PlanBasis,
): Promise<string[]> {
  if (scope.purge_only) return [];
  if (!policies.some(({ bucket_id, max_bytes }) => bucket_id === null && max_bytes !== null)) {
    return [bucket.bucket_id];
  }
  return (await client.retention.buckets(signal)).map(({ bucket_id }) => bucket_id);
}

function executedBy(scope: RunScope): (policy: RetentionPolicy | null) => boolean {
  const { policy_id, retention_days, purge_only } = scope;
  if (purge_only) return () => false;
  if (policy_id !== undefined) return (policy) => policy?.id === policy_id;
  if (retention_days !== undefined) return (policy) => policy !== null && policy.id === null;
  return (policy) => policy !== null;
}

/**
 * The policies that decide in a run of this scope, in the order of the list. A one-off stands in for the bucket's own policy;
 * its captures stay in the trash as long as that one says, or the one for everything.
 */
export function policiesOf(
  listed: readonly RetentionPolicy[],
  scope: RunScope,
  bucketId: string,
): RetentionPolicy[] {
  const policies = listed.filter(({ enabled }) => enabled).map((policy) => retentionPolicy.parse(policy));
  const { policy_id, retention_days } = scope;
  if (policy_id !== undefined && !policies.some(({ id }) => id === policy_id)) {
    throw new PilabError("not_found", `there is no enabled retention policy ${policy_id}`);
  }
  if (retention_days === undefined) return policies;
  const bare = ({ series, device_id, shot_type }: RetentionPolicy) =>
    series === null && device_id === null && shot_type === null;
  const own = policies.find((policy) => bare(policy) && policy.bucket_id === bucketId);
  const general = policies.find((policy) => bare(policy) && policy.bucket_id === null);
  const oneOff = newRetentionPolicy.parse({
    bucket_id: bucketId,
    keep_days: retention_days,
    grace_days: (own ?? general)?.grace_days,
  });
  return [...policies.filter((policy) => policy !== own), { ...oneOff, id: null }];
}

function policyOf(tally: PlanTally): RetentionPlanRecord["by_policy"][number] {
  return {
    policy_id: tally.policy?.id ?? null,
    sentence: tally.policy && policySentence(tally.policy),
    live_files: tally.liveFiles,
    live_bytes: tally.liveBytes,
    removed_files: tally.removedFiles,
    removed_bytes: tally.removedBytes,
    held_files: tally.heldFiles,
    held_bytes: tally.heldBytes,
  };
}

/** Names a few captures of each sum by their paths, for a person to look at. */
async function withExamples(
  client: PilabClient,
  sums: readonly ReasonSum[],
  signal: AbortSignal,
): Promise<RetentionPlanRecord["by_reason"]> {
  const named: RetentionPlanRecord["by_reason"] = [];
  for (const { policy, reasons, files, bytes, examples } of sums) {
    const captures = await Promise.all(examples.map((id) => client.captures.get(id, signal)));
    named.push({
      policy_id: policy?.id ?? null,
      codes: reasons.map(({ code }) => code),
      words: reasons.map(({ words }) => words),
      files,
      bytes,
      examples: captures.map(({ id, object_path, captured_at }) => ({ id, object_path, captured_at })),
    });
  }
  return named;
}
