import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { applyPolicies, newestFirst } from "./apply-policies.ts";
import type { DailyGrowth } from "./daily-growth.ts";
import type { RetentionCapture } from "./entry.ts";
import { type ForecastContext, RetentionForecaster } from "./forecast.ts";
import { capture, PI_1, policy, series } from "./testing.ts";

const NOW = new Date("2026-04-01T00:00:00Z");
const DAY_MS = 86_400_000;
const PLACE = { bucket_id: "pilab-dev", device_id: PI_1, shot_type: null, series: null };
/** A frame of 1 MB every ten minutes. */
const GROWTH: DailyGrowth[] = [{ ...PLACE, files: 144, bytes: 144e6 }];

function forecast(captures: Iterable<RetentionCapture>, more: Partial<ForecastContext>) {
  const none = { policies: [], growth: [], trash: [], quotaBytes: null };
  const forecaster = new RetentionForecaster({ ...none, now: NOW, timeZone: "UTC", days: 30, ...more });
  for (const one of newestFirst(captures)) forecaster.add(one);
  return forecaster.finish();
}

/** Frames of the last days, to now. */
const lastDays = (days: number, more: Partial<RetentionCapture> = {}) =>
  series(
    {
      from: new Date(NOW.getTime() - days * DAY_MS + 1000).toISOString(),
      count: days * 144,
      everyMinutes: 10,
    },
    more,
  );

describe("when storage is full", () => {
  test("without a policy, by what arrives and what is in the trash", () => {
    const trash = [{ bytes: 500e6, freedAt: new Date(NOW.getTime() + 2.5 * DAY_MS) }];
    const { days, fullAt } = forecast(lastDays(1), { growth: GROWTH, trash, quotaBytes: 1000e6 });
    expect(days.slice(0, 5).map(({ storedBytes }) => storedBytes / 1e6)).toEqual([644, 788, 932, 576, 720]);
    expect(fullAt).toEqual(new Date("2026-04-07T00:00:00Z"));
  });

  test("never, where policies hold it below the quota, or where there is none", () => {
    const policies = [policy({ keep_days: 2, grace_days: 1 })];
    expect(forecast([], { policies, growth: GROWTH, quotaBytes: 600e6 }).fullAt).toBeNull();
    expect(forecast([], { growth: GROWTH }).fullAt).toBeNull();
  });
});

describe("what a policy deletes and frees", () => {
  test("a new keep_days: all beyond it at once, a day's captures a day from then on, freed after the grace", () => {
    const { days, policies } = forecast(lastDays(10), {
      policies: [policy({ keep_days: 3, grace_days: 7 })],
      growth: GROWTH,
      days: 10,
    });
    expect(days.map(({ removedFiles }) => removedFiles)).toEqual([7 * 144, ...new Array(10).fill(144)]);
    expect(days.map(({ freedBytes }) => freedBytes / 1e6)).toEqual([
      0, 0, 0, 0, 0, 0, 0, 1008, 144, 144, 144,
    ]);
    expect(days.at(-1)).toMatchObject({ liveBytes: 3 * 144e6, storedBytes: 10 * 144e6 });
    expect(policies[0]?.steadyShare).toBe(1 / 4);
  });

  test("keep_last: what is beyond the number, whatever its age", () => {
    const { days } = forecast(lastDays(3), {
      policies: [policy({ keep_last: 300 })],
      growth: GROWTH,
      days: 3,
    });
    expect(days.map(({ removedFiles }) => removedFiles)).toEqual([132, 144, 144, 144]);
  });

  test("thinning: each day's captures but one an hour, when they are old enough", () => {
    const { days } = forecast(lastDays(4), {
      policies: [policy({ thin_every: "hour", thin_after_days: 2, thin_keep: "first" })],
      growth: GROWTH,
      days: 4,
    });
    expect(days.map(({ removedFiles }) => removedFiles)).toEqual([240, 120, 120, 120, 120]);
  });

  test("max_bytes: what arrives once it is full, and pins leave less room to others", () => {
    const { days, policies } = forecast(
      [capture(9999, "2026-01-01T00:00:00Z", { pinned_at: "2026-01-01T00:00:00Z" })],
      {
        policies: [policy({ max_bytes: 289_000_000 })],
        growth: GROWTH,
        days: 4,
      },
    );
    expect(days.map(({ removedFiles }) => removedFiles)).toEqual([0, 0, 0, 144, 144]);
    expect(policies).toHaveLength(1);
  });

  test("no thinning of captures whose time is not trusted, and pins take places among the last", () => {
    const thinning = policy({ thin_every: "hour", thin_after_days: 1, thin_keep: "first" });
    const lost = lastDays(3, { captured_at_trusted: false });
    expect(forecast(lost, { policies: [thinning] }).days.map(({ removedFiles }) => removedFiles)).toEqual(
      new Array(31).fill(0),
    );
    const older = series({ from: "2026-03-01T00:00:00Z", count: 10, everyMinutes: 1, firstId: 9000 });
    const pinned = lastDays(1, { pinned_at: "2026-01-01T00:00:00Z" });
    const { days } = forecast([...older, ...pinned], { policies: [policy({ keep_last: 150 })] });
    expect(days[0]?.removedFiles).toBe(4);
  });

  test("nothing that a more specific or no policy decides about", () => {
    const policies = [
      policy({ keep_days: 1 }),
      policy({ device_id: PI_1, keep_days: 9 }),
      policy({ series: "dish", keep_days: 1, enabled: false }),
    ];
    const result = forecast(lastDays(3), { policies, days: 0 });
    expect(result.policies.map((one) => [one.policy.device_id, one.days[0]?.removedFiles])).toEqual([
      [PI_1, 0],
      [null, 0],
    ]);
  });

  test("by age it agrees with the decision itself, on each day to come (property)", () => {
    const captures = fc
      .array(fc.record({ hours: fc.integer({ min: 0, max: 900 }), pinned: fc.boolean() }), { maxLength: 40 })
      .map((rows) =>
        rows.map(({ hours, pinned }, at) =>
          capture(at, new Date(NOW.getTime() - hours * 3_600_000).toISOString(), {
            pinned_at: pinned ? "2026-01-01T00:00:00Z" : null,
          }),
        ),
      );
    fc.assert(
      fc.property(captures, fc.integer({ min: 1, max: 40 }), fc.nat(30), (given, keep_days, day) => {
        const policies = [policy({ keep_days })];
        const now = new Date(NOW.getTime() + day * DAY_MS);
        const { remove } = applyPolicies(given, { policies, now, timeZone: "UTC" });
        const removed = forecast(given, { policies })
          .days.slice(0, day + 1)
          .reduce((sum, { removedFiles }) => sum + removedFiles, 0);
        expect(removed).toBe(remove.length);
      }),
    );
  });
});
