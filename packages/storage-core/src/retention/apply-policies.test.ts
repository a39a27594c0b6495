import { describe, expect, test } from "vitest";
import { applyPolicies } from "./apply-policies.ts";
import type { RetentionCapture } from "./entry.ts";
import { type RetentionContext, RetentionPlanner } from "./planner.ts";
import { capture, idOf, PI_1, PI_2, policy, series } from "./testing.ts";

const NOW = "2026-04-01T00:00:00Z";

function decide(
  captures: readonly RetentionCapture[],
  policies: RetentionContext["policies"],
  { now = NOW, timeZone = "Europe/Berlin" } = {},
) {
  return applyPolicies(captures, { policies, now: new Date(now), timeZone });
}

/** The numbers of captures, in order. */
const numbers = (decisions: readonly { id: string }[]) =>
  decisions.map(({ id }) => Number(id.slice(-12))).sort((a, b) => a - b);

const removed = (...args: Parameters<typeof decide>) => numbers(decide(...args).remove);

/** Each capture's decision in words: "3 remove: not the sharpest of its hour". */
function told(...args: Parameters<typeof decide>): string[] {
  const { keep, remove } = decide(...args);
  return [...keep, ...remove]
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
    .map(({ id, action, reasons }) => {
      const words = reasons.map((reason) => reason.words).join("; ");
      return `${Number(id.slice(-12))} ${action}: ${words}`;
    });
}

describe("age and number", () => {
  test("keep_days counts from when the server received it, to the second", () => {
    const captures = [
      capture(1, "2026-03-02T00:00:00Z"),
      capture(2, "2026-03-02T00:00:00.000001Z"),
      capture(3, "2020-01-01T00:00:00Z", { created_at: "2026-03-31T00:00:00Z" }),
    ];
    expect(told(captures, [policy({ keep_days: 30 })])).toEqual([
      "1 remove: received 30 days ago or earlier",
      "2 keep: received less than 30 days ago",
      "3 keep: received less than 30 days ago",
    ]);
  });

  test("a day is 24 hours, also when the lab's clocks change", () => {
    const captures = series({ from: "2026-03-28T00:00:00Z", count: 3, everyMinutes: 60 });
    expect(removed(captures, [policy({ keep_days: 1 })], { now: "2026-03-29T01:00:00Z" })).toEqual([1, 2]);
  });

  test("keep_last keeps the newest of each device and series, whatever their age", () => {
    const captures = [
      ...series({ from: "2026-01-01T00:00:00Z", count: 4, everyMinutes: 60 }),
      ...series(
        { from: "2026-01-01T00:00:00Z", count: 4, everyMinutes: 60, firstId: 11 },
        { series: "dish" },
      ),
      ...series(
        { from: "2026-01-01T00:00:00Z", count: 1, everyMinutes: 60, firstId: 21 },
        { device_id: PI_2 },
      ),
    ];
    expect(removed(captures, [policy({ keep_last: 2 })])).toEqual([1, 2, 11, 12]);
  });

  test("inside keep_days or inside keep_last is enough", () => {
    const captures = [
      ...series({ from: "2026-01-01T00:00:00Z", count: 3, everyMinutes: 60 }),
      ...series({ from: "2026-03-31T00:00:00Z", count: 2, everyMinutes: 60, firstId: 4 }),
    ];
    expect(told(captures, [policy({ keep_days: 30, keep_last: 3 })])).toEqual([
      "1 remove: received 30 days ago or earlier; not one of the last 3 of its device and series",
      "2 remove: received 30 days ago or earlier; not one of the last 3 of its device and series",
      "3 keep: one of the last 3 of its device and series",
      "4 keep: received less than 30 days ago",
      "5 keep: received less than 30 days ago",
    ]);
  });

  test("of captures taken at the same time the one with the greatest id is the last", () => {
    const captures = [3, 1, 2].map((id) => capture(id, "2026-01-01T00:00:00Z"));
    expect(removed(captures, [policy({ keep_last: 1 })])).toEqual([1, 2]);
  });

  test("microseconds order captures that share a millisecond", () => {
    const captures = [
      capture(2, "2026-01-01T00:00:00.000100+00:00"),
      capture(1, "2026-01-01T00:00:00.0002+00:00"),
    ];
    expect(removed(captures, [policy({ keep_last: 1 })])).toEqual([2]);
  });
});

describe("thinning", () => {
  const sharpest = policy({ thin_every: "hour", thin_after_days: 2, thin_keep: "sharpest" });
  const first = (every: "hour" | "day" | "week") =>
    policy({ thin_every: every, thin_after_days: 1, thin_keep: "first" });

  test("leaves the sharpest of each hour, the earliest of equals, the unmeasured last", () => {
    const sharpness = [0.2, 0.9, 0.9, null, null, null, 0, null];
    const captures = series({ from: "2026-03-01T10:00:00Z", count: 8, everyMinutes: 20 }, (at) => ({
      sharpness: sharpness[at] as number | null,
    }));
    expect(told(captures, [sharpest])).toEqual([
      "1 remove: not the sharpest of its hour",
      "2 keep: its policy has no limit of age or number; the sharpest of its hour",
      "3 remove: not the sharpest of its hour",
      "4 keep: its policy has no limit of age or number; the sharpest of its hour",
      "5 remove: not the sharpest of its hour",
      "6 remove: not the sharpest of its hour",
      "7 keep: its policy has no limit of age or number; the sharpest of its hour",
      "8 remove: not the sharpest of its hour",
    ]);
  });

  test("does not begin before N days since the capture was received", () => {
    const captures = series({ from: "2026-03-29T22:00:00Z", count: 8, everyMinutes: 30 });
    expect(
      removed(
        captures,
        [first("hour")].map((p) => ({ ...p, thin_after_days: 2 })),
      ),
    ).toEqual([2, 4]);
  });

  test("a Pi away for three days loses none of its 50,000 frames by when they arrived", () => {
    // A frame every 5.184 seconds for three days, all received within the hour before now.
    const start = Date.parse("2026-03-29T00:00:00Z");
    const backlog = Array.from({ length: 50_000 }, (_, at) =>
      capture(at + 1, new Date(start + at * 5184).toISOString(), {
        created_at: new Date(Date.parse(NOW) - 3_600_000 + at * 70).toISOString(),
      }),
    );
    expect(removed(backlog, [sharpest])).toEqual([]);
    // Two days later each hour in which they were taken has one, not each hour of arrival.
    expect(decide(backlog, [sharpest], { now: "2026-04-03T12:00:00Z" }).keep).toHaveLength(72);
  });

  test("the two hours that clocks going back call by one name are two", () => {
    // Berlin, 2026-10-25: 02:00–03:00 occurs at 00:00Z and again at 01:00Z.
    const captures = series({ from: "2026-10-25T00:00:00Z", count: 4, everyMinutes: 30 });
    expect(removed(captures, [first("hour")], { now: "2026-12-01T00:00:00Z" })).toEqual([2, 4]);
  });

  test("hours are the lab's, also where they begin at half past in UTC", () => {
    const captures = series({ from: "2026-03-01T10:15:00Z", count: 3, everyMinutes: 20 });
    expect(removed(captures, [first("hour")], { timeZone: "Asia/Kolkata" })).toEqual([3]);
    expect(removed(captures, [first("hour")], { timeZone: "UTC" })).toEqual([2, 3]);
  });

  test.each([
    // Berlin's midnights are at 23:00Z and, the clocks having gone forward, at 22:00Z: a day of 23 hours between them.
    ["Europe/Berlin", [1, 2, 25]],
    ["UTC", [1, 3]],
  ])("a day is the lab's: %s", (timeZone, kept) => {
    const captures = series({ from: "2026-03-28T22:30:00Z", count: 26, everyMinutes: 60 });
    const { keep } = decide(captures, [first("day")], { timeZone, now: "2026-04-09T00:00:00Z" });
    expect(numbers(keep)).toEqual(kept);
  });

  test("a week begins on Monday", () => {
    const captures = series({ from: "2026-03-01T12:00:00Z", count: 15, everyMinutes: 24 * 60 }); // a Sunday
    expect(numbers(decide(captures, [first("week")], { timeZone: "UTC" }).keep)).toEqual([1, 2, 9]);
  });

  test("thins only what keep_days or keep_last keep, keep_last being counted before", () => {
    const captures = series({ from: "2026-01-01T00:00:00Z", count: 12, everyMinutes: 20 });
    const both = policy({ keep_last: 6, thin_every: "hour", thin_after_days: 2, thin_keep: "first" });
    expect(numbers(decide(captures, [both]).keep)).toEqual([7, 10]);
  });
});

describe("max_bytes", () => {
  // Each capture weighs 1 MB with its thumbnail.
  test("removes the oldest until the rest fits, thumbnails included", () => {
    const captures = series({ from: "2026-03-01T00:00:00Z", count: 5, everyMinutes: 60 });
    expect(told(captures, [policy({ keep_days: 365, max_bytes: 3_500_000 })])).toEqual([
      "1 remove: its policy's captures exceed 3.5 MB, and it is among the oldest",
      "2 remove: its policy's captures exceed 3.5 MB, and it is among the oldest",
      "3 keep: received less than 365 days ago; within 3.5 MB",
      "4 keep: received less than 365 days ago; within 3.5 MB",
      "5 keep: received less than 365 days ago; within 3.5 MB",
    ]);
  });

  test("what fills it exactly fits", () => {
    const captures = series({ from: "2026-03-01T00:00:00Z", count: 3, everyMinutes: 60 });
    expect(removed(captures, [policy({ max_bytes: 3_000_000 })])).toEqual([]);
    expect(removed(captures, [policy({ max_bytes: 2_999_999 })])).toEqual([1]);
  });

  test("counts pinned captures, which others then make room for", () => {
    const captures = series({ from: "2026-03-01T00:00:00Z", count: 4, everyMinutes: 60 }, (at) => ({
      pinned_at: at < 2 ? NOW : null,
    }));
    expect(removed(captures, [policy({ max_bytes: 3_000_000 })])).toEqual([3]);
    expect(removed(captures, [policy({ max_bytes: 1_000_000 })])).toEqual([3, 4]);
  });

  test("counts what more specific policies leave in its scope, and removes only its own", () => {
    const dish = { series: "dish" };
    const captures = [
      ...series({ from: "2026-01-01T00:00:00Z", count: 4, everyMinutes: 60 }, dish),
      ...series({ from: "2026-03-01T00:00:00Z", count: 4, everyMinutes: 60, firstId: 11 }),
    ];
    const all = policy({ max_bytes: 5_000_000 });
    expect(removed(captures, [all, policy({ ...dish, keep_days: 365 })])).toEqual([11, 12, 13]);
    expect(removed(captures, [all, policy({ ...dish, max_bytes: 3_000_000 })])).toEqual([1, 11, 12]);
    expect(removed(captures, [all, policy({ ...dish, keep_days: 9 })])).toEqual([1, 2, 3, 4]);
  });

  test("spans the buckets of a policy for any bucket; number and thinning count in each", () => {
    const captures = [
      ...series({ from: "2026-01-01T00:00:00Z", count: 2, everyMinutes: 60 }, { bucket_id: "other" }),
      ...series({ from: "2026-01-01T00:00:00Z", count: 2, everyMinutes: 60, firstId: 11 }),
    ];
    expect(removed(captures, [policy({ max_bytes: 2_000_000 })])).toEqual([1, 11]);
    expect(removed(captures, [policy({ keep_last: 1 })])).toEqual([1, 11]);
  });
});

describe("which policy decides", () => {
  const where = { bucket_id: "pilab-dev", device_id: PI_1, shot_type: "macro", series: "dish" };
  const scopes = [
    {},
    { bucket_id: where.bucket_id },
    { shot_type: where.shot_type },
    { shot_type: where.shot_type, bucket_id: where.bucket_id },
    { device_id: where.device_id },
    { device_id: where.device_id, shot_type: where.shot_type, bucket_id: where.bucket_id },
    { series: where.series },
    { series: where.series, bucket_id: where.bucket_id },
    { series: where.series, shot_type: where.shot_type, bucket_id: where.bucket_id },
    { series: where.series, device_id: where.device_id },
    where,
  ].map((scope, at) => policy({ ...scope, keep_days: at + 1, id: idOf(500 + at) }));

  test("the most specific, compared in the order series, device, shot type, bucket", () => {
    for (let count = 1; count <= scopes.length; count++) {
      const policies = scopes.slice(0, count);
      for (const given of [policies, policies.toReversed()]) {
        const [decision] = decide([capture(1, "2026-03-31T23:59:00Z", where)], given).keep;
        expect(decision?.policy?.id).toBe(policies.at(-1)?.id);
      }
    }
  });

  test("alone: a longer one for all does not save what a shorter one for its series removes", () => {
    const captures = series({ from: "2026-03-01T00:00:00Z", count: 2, everyMinutes: 60 }, where);
    const long = policy({ keep_days: 365 });
    expect(removed(captures, [long, policy({ series: "dish", keep_days: 7 })])).toEqual([1, 2]);
    expect(removed(captures, [long, policy({ series: "other dish", keep_days: 7 })])).toEqual([]);
  });

  test("none: a capture that no policy covers is kept; one that is disabled is absent", () => {
    const captures = [capture(1, "2000-01-01T00:00:00Z")];
    const policies = [
      policy({ series: "dish", keep_days: 1 }),
      policy({ device_id: PI_2, keep_days: 1 }),
      policy({ keep_days: 1, enabled: false }),
    ];
    expect(told(captures, policies)).toEqual(["1 keep: no policy covers it"]);
    expect(told(captures, [])).toEqual(["1 keep: no policy covers it"]);
  });

  test("an empty policy, half of one and two of one scope are refused before anything is decided", () => {
    const [rule, empty] = [policy({ keep_days: 1 }), { ...policy({ keep_days: 1 }), keep_days: null }];
    const captures = [capture(1, NOW)];
    expect(() => decide(captures, [empty])).toThrow(
      /retention policy without id cannot be applied: .*empty/s,
    );
    expect(() => decide(captures, [{ ...rule, thin_every: "hour" }])).toThrow(/half a thinning/);
    expect(() => decide(captures, [{ ...rule, keep_days: 0 }])).toThrow(/Too small/);
    expect(() => decide(captures, [rule, { ...rule, id: idOf(7) }])).toThrow(
      `retention policy ${idOf(7)} has the scope of another one`,
    );
    expect(decide(captures, [{ ...empty, enabled: false }]).keep).toHaveLength(1);
  });
});

describe("pins", () => {
  test("hold against every rule, and say what they hold against", () => {
    const captures = series({ from: "2026-01-01T00:00:00Z", count: 3, everyMinutes: 20 }, { pinned_at: NOW });
    const told1 = (rules: Parameters<typeof policy>[0]) => told(captures, [policy(rules)])[0];
    expect(told1({ keep_days: 1 })).toBe("1 keep: pinned; received 1 day ago or earlier");
    expect(told1({ keep_last: 1 })).toBe("1 keep: pinned; not the last one of its device and series");
    expect(told1({ max_bytes: 1 })).toBe("1 keep: pinned; its policy has no limit of age or number");
    const thinning = { thin_every: "hour", thin_after_days: 1, thin_keep: "sharpest" } as const;
    expect(told(captures, [policy(thinning)])[1]).toBe("2 keep: pinned; not the sharpest of its hour");
  });

  test("a pinned capture counts among the last and contends for its hour as any other", () => {
    const captures = series({ from: "2026-01-01T00:00:00Z", count: 3, everyMinutes: 20 }, (at) => ({
      pinned_at: at === 2 ? NOW : null,
      sharpness: at / 10,
    }));
    expect(removed(captures, [policy({ keep_last: 2 })])).toEqual([1]);
    const thinning = policy({ thin_every: "hour", thin_after_days: 1, thin_keep: "sharpest" });
    expect(removed(captures, [thinning])).toEqual([1, 2]);
  });
});

describe("times that cannot be trusted", () => {
  const lost = { captured_at_trusted: false };

  test("are never thinned", () => {
    const captures = series(
      { from: "1970-01-01T00:00:00Z", count: 3, everyMinutes: 1 },
      {
        ...lost,
        created_at: "2026-01-01T00:00:00Z",
      },
    );
    const thinning = policy({ thin_every: "day", thin_after_days: 1, thin_keep: "first" });
    expect(told(captures, [thinning])[0]).toBe(
      "1 keep: its policy has no limit of age or number; not thinned: when it was taken is not certain",
    );
    expect(removed(captures, [thinning])).toEqual([]);
  });

  test.each([
    ["1970", "1970-01-01T00:00:00Z"],
    ["2099", "2099-01-01T00:00:00Z"],
  ])("a capture dated %s is as old as since it was received", (_, capturedAt) => {
    const young = capture(1, capturedAt, { ...lost, created_at: "2026-03-31T00:00:00Z" });
    const old = capture(2, capturedAt, { ...lost, created_at: "2026-01-01T00:00:00Z" });
    expect(removed([young, old], [policy({ keep_days: 30 })])).toEqual([2]);
  });

  test("stand last in the order of removal by bytes, and among them the first received goes first", () => {
    const captures = [
      capture(1, "1970-01-01T00:00:00Z", { ...lost, created_at: "2026-02-02T00:00:00Z" }),
      capture(2, "1971-01-01T00:00:00Z", { ...lost, created_at: "2026-02-01T00:00:00Z" }),
      capture(3, "2026-03-01T00:00:00Z"),
      capture(4, "2026-03-02T00:00:00Z"),
    ];
    const order = [3, 2, 1, 0].map((files) => removed(captures, [policy({ max_bytes: files * 1e6 + 1 })]));
    expect(order).toEqual([[3], [3, 4], [2, 3, 4], [1, 2, 3, 4]]);
  });

  test("are counted apart by keep_last: they neither lose a place to others nor take one from them", () => {
    const captures = [
      ...series({ from: "2026-01-01T00:00:00Z", count: 4, everyMinutes: 60 }),
      ...series({ from: "1970-01-01T00:00:00Z", count: 3, everyMinutes: 60, firstId: 11 }, (at) => ({
        ...lost,
        created_at: `2026-02-0${3 - at}T00:00:00Z`,
      })),
    ];
    expect(removed(captures, [policy({ keep_last: 2 })])).toEqual([1, 2, 13]);
    expect(removed(captures, [policy({ keep_last: 2, keep_days: 58 })])).toEqual([1, 2, 13]);
    expect(removed(captures, [policy({ keep_last: 1, keep_days: 58 })])).toEqual([1, 2, 3, 12, 13]);
  });

  test("dated more than a day after it was received, a capture is not trusted whatever it says", () => {
    const captures = [
      ...series(
        { from: "2042-01-01T00:00:00Z", count: 2, everyMinutes: 60 },
        {
          created_at: "2026-01-01T00:00:00Z",
        },
      ),
      ...series({ from: "2026-03-01T00:00:00Z", count: 3, everyMinutes: 60, firstId: 11 }),
    ];
    expect(removed(captures, [policy({ keep_last: 2 })])).toEqual([11]);
    const thinning = policy({ thin_every: "day", thin_after_days: 1, thin_keep: "first" });
    expect(removed(captures, [thinning])).toEqual([12, 13]);
  });

  test("within a day of when it was received, a time in the future is only early", () => {
    const captures = series(
      { from: "2026-03-01T20:00:00Z", count: 2, everyMinutes: 20 },
      {
        created_at: "2026-03-01T00:00:00Z",
      },
    );
    const thinning = policy({ thin_every: "hour", thin_after_days: 1, thin_keep: "first" });
    expect(removed(captures, [thinning])).toEqual([2]);
  });

  test("received after now, as by a server whose clock went back, a capture is young", () => {
    expect(removed([capture(1, "2026-05-01T00:00:00Z")], [policy({ keep_days: 1 })])).toEqual([]);
  });
});

describe("a plan", () => {
  test("tallies each bucket and policy: what is live, removed, and held by pins alone", () => {
    const rule = policy({ keep_days: 30, id: idOf(7) });
    const captures = [
      ...series({ from: "2026-01-01T00:00:00Z", count: 3, everyMinutes: 60 }, (at) => ({
        pinned_at: at === 0 ? NOW : null,
      })),
      capture(4, "2026-03-31T00:00:00Z"),
      capture(5, "2026-01-01T00:00:00Z", { bucket_id: "other" }),
    ];
    const tallies = decide(captures, [{ ...rule, bucket_id: "pilab-dev" }]).tallies;
    expect(tallies.map(({ policy: p, ...tally }) => ({ ...tally, policy: p?.id }))).toEqual(
      expect.arrayContaining([
        {
          bucketId: "pilab-dev",
          policy: idOf(7),
          liveFiles: 4,
          liveBytes: 4e6,
          removedFiles: 2,
          removedBytes: 2e6,
          heldFiles: 1,
          heldBytes: 1e6,
        },
        expect.objectContaining({ bucketId: "other", policy: undefined, liveFiles: 1, removedFiles: 0 }),
      ]),
    );
  });

  test("refuses captures that do not come newest first, and a time that is none", () => {
    const planner = new RetentionPlanner(
      { policies: [policy({ keep_last: 1 })], now: new Date(NOW), timeZone: "UTC" },
      () => {},
    );
    planner.add(capture(1, "2026-01-01T00:00:00Z"));
    expect(() => planner.add(capture(2, "2026-01-01T00:00:00.001Z"))).toThrow(/which is older/);
    expect(() => planner.add(capture(3, "yesterday"))).toThrow('"yesterday" is no time');
  });

  test("refuses a zone that is none", () => {
    const thinning = policy({ thin_every: "day", thin_after_days: 1, thin_keep: "first" });
    expect(() => decide([capture(1, "2026-01-01T00:00:00Z")], [thinning], { timeZone: "Berlin" })).toThrow(
      '"Berlin" is no time zone',
    );
  });

  test("months of a lab, month by month: what stays, golden", () => {
    // Two Pis, a frame every ten minutes from January to June in Berlin; the dish's run is kept whole.
    const frames = (device_id: string, firstId: number, more: Partial<RetentionCapture> = {}) =>
      series({ from: "2025-12-31T23:00:00Z", count: 26_000, everyMinutes: 10, firstId }, (at) => ({
        device_id,
        sharpness: ((at * 7919) % 1000) / 1000,
        ...more,
      }));
    const captures = [...frames(PI_1, 1), ...frames(PI_2, 100_001, { series: "dish" })];
    const policies = [
      policy({ keep_days: 90, thin_every: "hour", thin_after_days: 14, thin_keep: "sharpest" }),
      policy({ series: "dish", keep_days: 3650, max_bytes: 20_000_000_000 }),
    ];
    const { keep, remove } = decide(captures, policies, { now: "2026-06-30T12:00:00Z" });
    const month = new Map(captures.map(({ id, captured_at }) => [id, captured_at.slice(0, 7)]));
    const byMonth = (from: number, to: number) =>
      keep.reduce<Record<string, number>>((sums, { id }) => {
        const number = Number(id.slice(-12));
        const at = month.get(id) as string;
        if (number >= from && number < to) sums[at] = (sums[at] ?? 0) + 1;
        return sums;
      }, {});
    expect(keep.length + remove.length).toBe(52_000);
    // 90 days back is 1 April, 12:00Z: from there each hour's sharpest, from 16 June, 12:10Z, all.
    expect(byMonth(1, 100_000)).toEqual({ "2026-04": 708, "2026-05": 744, "2026-06": 373 + 2017 });
    // 20 GB are 20,000 frames of 1 MB, the newest.
    expect(byMonth(100_001, 200_000)).toEqual({
      "2026-02": 2502,
      "2026-03": 4464,
      "2026-04": 4320,
      "2026-05": 4464,
      "2026-06": 4250,
    });
  });
});
