import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { dryRun, type RunRequest, runRetention } from "../src/run/run-retention.ts";
import { type RetentionLab, startRetentionLab } from "./lab.ts";

const BUCKET = "pilab-dev";

describe.each(["pglite", "postgres"] as const)("retention runs on %s", (engine) => {
  let lab: RetentionLab;

  beforeAll(async () => {
    lab = await startRetentionLab(engine);
  });
  afterAll(() => lab?.stop());
  beforeEach(() => lab.proxy.reset());

  const request = (more: Partial<RunRequest> = {}): RunRequest => ({
    bucket: BUCKET,
    scope: {},
    stopEnds: true,
    signal: new AbortController().signal,
    ...more,
  });

  test("works", async () => {
    await lab.fill({ count: 100, daysAgo: 0, withThumbnails: true });
    await lab.fill({ count: 20, daysAgo: 40, withThumbnails: true });
    await lab.fill({ count: 7, daysAgo: 40, withThumbnails: true, trashedDaysAgo: 9 });
    await lab.admin.retention.policies.create({ keep_days: 30 });
    const worker = lab.worker();
    const { describeRun } = await import("../src/run/describe-run.ts");
    const dry = await dryRun(worker, request());
    process.stdout.write(describeRun(dry));
    const runs = await runRetention(worker, request());
    for (const run of runs) process.stdout.write(describeRun(run));
    expect(runs.at(-1)).toMatchObject({ state: "done", trashed_files: 20, purged_files: 7 });
  });
});
