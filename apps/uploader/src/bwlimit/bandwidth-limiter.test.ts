import { abortableSleep } from "@pilab/retry";
import { expect, test } from "vitest";
import { createBandwidthLimiter } from "./bandwidth-limiter.ts";
import { parseBandwidthLimit } from "./timetable.ts";

/** A clock that sleeping moves on; the wall clock can be set apart from it. */
function fakeTime(wallMs = Date.UTC(2026, 0, 5, 12)) {
  const time = { monotonicMs: 0, wallMs };
  return {
    time,
    now: () => time.wallMs,
    monotonic: () => time.monotonicMs,
    timeZone: "UTC",
    sleep: async (ms: number, signal?: AbortSignal) => {
      await Promise.resolve();
      signal?.throwIfAborted();
      time.monotonicMs += ms;
      time.wallMs += ms;
    },
  };
}

test("lets a minute's worth through in a minute, however it is cut", async () => {
  for (const piece of [1000, 64 * 1024, 3_000_000]) {
    const fake = fakeTime();
    const limiter = createBandwidthLimiter(parseBandwidthLimit("1M"), fake);
    let sent = 0;
    while (sent < 60 * 1024 * 1024) {
      await limiter.take(piece);
      sent += piece;
    }
    // A large piece is paid for by whoever comes after it.
    await limiter.take(1);
    expect(Math.abs(fake.time.monotonicMs - (sent / 1024 ** 2) * 1000)).toBeLessThan(1100);
  }
});

test("after a rest lets at most a second's worth through at once", async () => {
  const fake = fakeTime();
  const limiter = createBandwidthLimiter(parseBandwidthLimit("1000B"), fake);
  fake.time.monotonicMs += 3_600_000;
  await limiter.take(1000);
  expect(fake.time.monotonicMs).toBe(3_600_000);
  await limiter.take(500);
  expect(fake.time.monotonicMs).toBe(3_600_500);
});

test("never waits where the timetable says off", async () => {
  const fake = fakeTime();
  const limiter = createBandwidthLimiter(parseBandwidthLimit("off"), fake);
  await limiter.take(1e12);
  expect(fake.time.monotonicMs).toBe(0);
  expect(limiter.bytesPerS()).toBeNull();
});

test("whoever waits is let through when a slot without limit begins", async () => {
  const fake = fakeTime(Date.UTC(2026, 0, 5, 18, 59, 55));
  const limiter = createBandwidthLimiter(parseBandwidthLimit("08:00,1k 19:00,off"), fake);
  await limiter.take(1024 * 1024);
  await limiter.take(1024);
  expect(fake.time.monotonicMs).toBeLessThanOrEqual(6000);
});

test("what was sent without a limit is no credit when the limit begins", async () => {
  const fake = fakeTime(Date.UTC(2026, 0, 5, 7, 59, 59));
  const limiter = createBandwidthLimiter(parseBandwidthLimit("08:00,1000B 19:00,off"), fake);
  await limiter.take(1e9);
  fake.time.wallMs += 1000;
  await limiter.take(1000);
  expect(fake.time.monotonicMs).toBe(1000);
});

test("a wall clock that jumps by years moves no bytes", async () => {
  const fake = fakeTime(0);
  const limiter = createBandwidthLimiter(parseBandwidthLimit("1000B"), fake);
  fake.time.wallMs = Date.UTC(2026, 0, 1);
  await limiter.take(1000);
  fake.time.wallMs = 0;
  await limiter.take(1000);
  expect(fake.time.monotonicMs).toBe(2000);
});

test("serves callers in the order of their calls", async () => {
  const limiter = createBandwidthLimiter(parseBandwidthLimit("1000B"), fakeTime());
  const order: number[] = [];
  await Promise.all([3000, 1, 500].map((bytes, index) => limiter.take(bytes).then(() => order.push(index))));
  expect(order).toEqual([0, 1, 2]);
});

test("a caller that aborts is gone at once and costs the others nothing", async () => {
  // Time stands still: the first caller sleeps until it aborts.
  const stuck = createBandwidthLimiter(parseBandwidthLimit("1B"), {
    ...fakeTime(),
    sleep: (_, signal) => abortableSleep(1e9, signal),
  });
  const first = new AbortController();
  const second = new AbortController();
  const takes = [stuck.take(10, first.signal), stuck.take(10, second.signal)];
  second.abort();
  await expect(takes[1]).rejects.toMatchObject({ code: "aborted" });
  first.abort();
  await expect(takes[0]).rejects.toMatchObject({ code: "aborted" });
  await expect(stuck.take(1, AbortSignal.abort())).rejects.toMatchObject({ code: "aborted" });
});
