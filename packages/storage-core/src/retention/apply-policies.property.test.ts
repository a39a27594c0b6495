import type { RetentionPolicy } from "@pilab/schema";
import fc from "fast-check";
import { expect, test } from "vitest";
import { applyPolicies } from "./apply-policies.ts";
import type { RetentionCapture } from "./entry.ts";
import { capture, idOf, PI_1, PI_2, policy } from "./testing.ts";

// Few values of everything, so that captures meet: in a scope, a slot, a time, a sharpness.

const NOW = Date.parse("2026-11-02T12:00:00Z");
const HOUR_MS = 3_600_000;

const hoursAgo = (hours: number) => new Date(NOW - hours * HOUR_MS).toISOString();
const bucket = fc.constantFrom("pilab-dev", "other");
const device = fc.constantFrom(PI_1, PI_2);
const word = fc.constantFrom("a", "b");
const orNull = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });

/** Captured over ten days about the end of summer time, received then or up to days later. */
const captures: fc.Arbitrary<RetentionCapture[]> = fc
  .array(
    fc.record({
      bucket_id: bucket,
      device_id: device,
      shot_type: orNull(word),
      series: orNull(word),
      size_bytes: fc.integer({ min: 1, max: 5 }),
      thumbnail_bytes: orNull(fc.constant(1)),
      captured: fc.oneof(
        { weight: 8, arbitrary: fc.integer({ min: 0, max: 2000 }).map((n) => n / 8) },
        { weight: 1, arbitrary: fc.constantFrom(-500_000, 400_000) },
      ),
      delayHours: fc.constantFrom(0, 0, 0, 1, 50),
      captured_at_trusted: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, fc.boolean()),
      sharpness: orNull(fc.constantFrom(0.1, 0.5)),
      pinned_at: fc.option(fc.constant(hoursAgo(0)), { nil: null, freq: 5 }),
    }),
    { maxLength: 60 },
  )
  .map((rows) =>
    rows.map(({ captured, delayHours, ...row }, at) => {
      const created_at = hoursAgo(Math.max(-1, Math.min(240, captured) - delayHours));
      return capture(at, hoursAgo(captured), { ...row, created_at });
    }),
  );

const scope = fc.record({
  bucket_id: orNull(bucket),
  device_id: orNull(device),
  shot_type: orNull(word),
  series: orNull(word),
});
const ageAndNumber = fc
  .record({
    keep_days: orNull(fc.integer({ min: 1, max: 10 })),
    keep_last: orNull(fc.integer({ min: 1, max: 8 })),
  })
  .filter(({ keep_days, keep_last }) => keep_days !== null || keep_last !== null);
const thinning = fc.record({
  thin_every: fc.constantFrom("hour" as const, "day" as const, "week" as const),
  thin_after_days: fc.integer({ min: 1, max: 9 }),
  thin_keep: fc.constantFrom("sharpest" as const, "first" as const),
});
const size = fc.record({ max_bytes: fc.integer({ min: 1, max: 60 }) });
const any = fc
  .tuple(fc.option(ageAndNumber), fc.option(thinning), fc.option(size))
  .filter((rules) => rules.some((rule) => rule !== null))
  .map(([...rules]) => Object.assign({}, ...rules) as (typeof rules)[0]);

/** Some policies with rules of one kind, of different scopes. */
const policiesOf = (rules: fc.Arbitrary<object | null>): fc.Arbitrary<RetentionPolicy[]> =>
  fc
    .uniqueArray(fc.tuple(scope, rules), {
      minLength: 1,
      maxLength: 6,
      selector: ([where]) => JSON.stringify(where),
    })
    .map((found) => found.map(([where, rule], at) => policy({ ...where, ...rule, id: idOf(500 + at) })));

const decide = (of: readonly RetentionCapture[], policies: RetentionPolicy[], now = NOW) =>
  applyPolicies(of, { policies, now: new Date(now), timeZone: "America/New_York" });
const ids = (decisions: readonly { id: string }[]) => decisions.map(({ id }) => id).sort();

const RUNS = { numRuns: 500 };

test("what is kept plus what is removed is everything, once", () => {
  fc.assert(
    fc.property(captures, policiesOf(any), (given, policies) => {
      const { keep, remove, tallies } = decide(given, policies);
      expect(ids([...keep, ...remove])).toEqual(ids(given));
      const sum = (field: "liveFiles" | "removedFiles") =>
        tallies.reduce((all, tally) => all + tally[field], 0);
      expect([sum("liveFiles"), sum("removedFiles")]).toEqual([given.length, remove.length]);
    }),
    RUNS,
  );
});

test("nothing pinned is removed, nothing that no policy covers, and nothing without a reason", () => {
  fc.assert(
    fc.property(captures, policiesOf(any), (given, policies) => {
      const byId = new Map(given.map((one) => [one.id, one]));
      for (const { id, policy: decider, reasons } of decide(given, policies).remove) {
        expect(byId.get(id)?.pinned_at).toBeNull();
        expect(decider).not.toBeNull();
        expect(reasons.length).toBeGreaterThan(0);
      }
    }),
    RUNS,
  );
});

test("the order of captures and of policies does not matter", () => {
  const shuffled = fc.tuple(captures, policiesOf(any)).chain(([given, policies]) =>
    fc.record({
      given: fc.constant(given),
      policies: fc.constant(policies),
      mixed: fc.shuffledSubarray(given, { minLength: given.length }),
      mixedPolicies: fc.shuffledSubarray(policies, { minLength: policies.length }),
    }),
  );
  fc.assert(
    fc.property(shuffled, ({ given, policies, mixed, mixedPolicies }) => {
      expect(decide(mixed, policies)).toEqual(decide(given, policies));
      expect(ids(decide(given, mixedPolicies).remove)).toEqual(ids(decide(given, policies).remove));
    }),
    RUNS,
  );
});

test("applied again to what it kept, at the same time, it removes nothing more", () => {
  fc.assert(
    fc.property(captures, policiesOf(any), (given, policies) => {
      const kept = new Set(ids(decide(given, policies).keep));
      expect(
        decide(
          given.filter(({ id }) => kept.has(id)),
          policies,
        ).remove,
      ).toEqual([]);
    }),
    RUNS,
  );
});

test("a longer policy, by age or number, never removes more", () => {
  const longer = fc.tuple(policiesOf(ageAndNumber), fc.nat(5), fc.nat(5)).map(([policies, days, files]) => ({
    policies,
    longer: policies.map((one) => ({
      ...one,
      keep_days: one.keep_days === null ? null : one.keep_days + days,
      keep_last: one.keep_last === null ? null : one.keep_last + files,
    })),
  }));
  fc.assert(
    fc.property(captures, longer, (given, { policies, longer: less }) => {
      const before = new Set(ids(decide(given, policies).remove));
      expect(ids(decide(given, less).remove).filter((id) => !before.has(id))).toEqual([]);
    }),
    RUNS,
  );
});

test("a capture that goes now goes later too, by age and number", () => {
  fc.assert(
    fc.property(captures, policiesOf(ageAndNumber), fc.nat(100), (given, policies, hours) => {
      const later = new Set(ids(decide(given, policies, NOW + hours * HOUR_MS).remove));
      expect(ids(decide(given, policies).remove).filter((id) => !later.has(id))).toEqual([]);
    }),
    RUNS,
  );
});

test("pinning a capture changes no other's fate, except by max_bytes", () => {
  const noSize = fc
    .tuple(fc.option(ageAndNumber), thinning)
    .map((rules) => Object.assign({}, ...rules) as object);
  fc.assert(
    fc.property(captures, policiesOf(noSize), fc.nat(59), (given, policies, at) => {
      const pinned = given.map((one, i) => (i === at ? { ...one, pinned_at: hoursAgo(0) } : one));
      const others = (of: readonly RetentionCapture[]) =>
        ids(decide(of, policies).remove).filter((id) => id !== given[at]?.id);
      expect(others(pinned)).toEqual(others(given));
    }),
    RUNS,
  );
});

test("under max_bytes the scope fits, or all that may be removed from it is", () => {
  fc.assert(
    fc.property(captures, policiesOf(any), (given, policies) => {
      const { keep } = decide(given, policies);
      const byId = new Map(given.map((one) => [one.id, one]));
      for (const scoped of policies.filter(({ max_bytes }) => max_bytes !== null)) {
        const inScope = keep.filter(({ id }) => {
          const one = byId.get(id) as RetentionCapture;
          return (["series", "device_id", "shot_type", "bucket_id"] as const).every(
            (field) => scoped[field] === null || scoped[field] === one[field],
          );
        });
        const bytes = inScope.reduce((sum, one) => sum + one.bytes, 0);
        const removable = inScope.filter(
          ({ id, policy: decider }) => decider === scoped && byId.get(id)?.pinned_at === null,
        );
        expect(bytes <= (scoped.max_bytes as number) || removable.length === 0).toBe(true);
      }
    }),
    RUNS,
  );
});
