import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { killUntilDone } from "./kill-run.ts";
import { type RetentionLab, startRetentionLab } from "./lab.ts";

// The long version, 100 runs over 50,000 captures, is `npm run bench:retention`.
const KILLS = 6;

describe.each(["pglite", "postgres"] as const)("workers killed at random on %s", (engine) => {
  let lab: RetentionLab;

  beforeAll(async () => {
    lab = await startRetentionLab(engine);
  });
  afterAll(() => lab?.stop());

  test("lose no object inside policy, leave none of a live row missing, and double nothing; the next run ends the work", async () => {
    const kept = await lab.fill({ count: 200, everySeconds: 1, withThumbnails: true });
    const old = await lab.fill({ count: 400, daysAgo: 40, everySeconds: 1, withThumbnails: true });
    const due = await lab.fill({
      count: 400,
      daysAgo: 50,
      everySeconds: 1,
      trashedDaysAgo: 8,
      withThumbnails: true,
    });
    await lab.admin.retention.policies.create({ keep_days: 30 });
    // Slow enough to be killed at work.
    const { killed } = await killUntilDone(lab, { kills: KILLS, lifeMs: 1200, env: { CHUNK_DELAY: "0.05" } });
    expect(killed).toBeGreaterThan(0);
    const [counts] = await lab.rows(
      `select count(*) filter (where id = any ($1) and deleted_at is null)::int as kept,
         count(*) filter (where id = any ($2) and deleted_at is not null and purging_at is null)::int as trashed,
         count(*) filter (where id = any ($3) and purged_at is not null)::int as purged from public.captures`,
      [kept, old, due],
    );
    expect(counts).toEqual({ kept: 200, trashed: 400, purged: 400 });
    const { runs } = await lab.admin.retention.runs.list({ limit: 1000 });
    const sum = (of: "trashed_files" | "purged_files") => runs.reduce((total, run) => total + run[of], 0);
    expect({ trashed: sum("trashed_files"), purged: sum("purged_files") }).toEqual({
      trashed: 400,
      purged: 400,
    });
    expect(runs.filter(({ state }) => state === "running")).toEqual([]);
  }, 180_000);
});
