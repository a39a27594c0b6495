import { expect, test } from "vitest";
import { createRateLimit } from "./rate-limit.ts";
import { type Attempt, addressOf, createSignInGuard } from "./sign-in-guard.ts";

const MINUTE_MS = 60_000;
const admin = { account: "admin@lab.test", address: "192.168.1.7" };

function guardAt() {
  const clock = { nowMs: 0 };
  const guard = createSignInGuard(() => clock.nowMs);
  /** How many of so many attempts went through. */
  const guess = (times: number, attempt: (at: number) => Attempt) =>
    Array.from({ length: times }, (_, at) => guard.take(attempt(at))).filter((waitMs) => waitMs === 0).length;
  return { clock, guard, guess };
}

test("guesses at an account stay few, from however many addresses they come", () => {
  const { clock, guess } = guardAt();
  expect(guess(1000, (at) => ({ ...admin, address: `10.0.${at % 200}.${at}` }))).toBe(8);
  expect(guess(5, (at) => ({ account: "ADMIN@lab.test", address: `10.9.9.${at}` }))).toBe(0);
  clock.nowMs = 5 * MINUTE_MS;
  expect(guess(1000, (at) => ({ ...admin, address: `10.1.1.${at}` }))).toBe(8);
});

test("strangers shut nobody out where they signed in before", () => {
  const { guard, guess } = guardAt();
  expect(guard.take(admin)).toBe(0);
  guard.succeeded(admin);
  guess(1000, (at) => ({ ...admin, address: `10.0.0.${at}` }));
  expect(guard.take(admin)).toBe(0);
  guard.succeeded(admin);
  // There, too, guessing ends.
  expect(guess(100, () => admin)).toBe(10);
});

test("who holds a session from before a restart is known by it", () => {
  const { guard, guess } = guardAt();
  guard.seen(admin);
  guess(100, (at) => ({ ...admin, address: `10.0.0.${at}` }));
  expect(guard.take(admin)).toBe(0);
});

test("many accounts from one address are few guesses, and leave all others in; a right password buys no more", () => {
  const { guard, guess } = guardAt();
  const spray = (at: number) => ({ account: `person-${at}@lab.test`, address: "10.0.0.1" });
  expect(guess(200, spray)).toBe(50);
  expect(guard.take({ account: "person-1@lab.test", address: "10.0.0.2" })).toBe(0);

  const other = guardAt();
  other.guess(49, (at) => ({ ...spray(at), address: "10.0.0.3" }));
  const own = { account: "own@lab.test", address: "10.0.0.3" };
  expect(other.guard.take(own)).toBe(0);
  other.guard.succeeded(own);
  expect(other.guess(10, (at) => ({ account: `next-${at}`, address: "10.0.0.3" }))).toBe(1);
});

test("an attempt while Supabase is away is none", () => {
  const { guard } = guardAt();
  for (let attempt = 0; attempt < 200; attempt += 1) {
    expect(guard.take(admin)).toBe(0);
    guard.undecided(admin);
  }
});

test("neither many nor long keys fill the memory", () => {
  const limit = createRateLimit({ limit: 1, windowMs: 1000, now: () => 0 });
  for (let key = 0; key < 20_000; key += 1) limit.take(`${key} ${"x".repeat(10_000)}`);
  // The newest are held, the oldest were let go.
  expect(limit.take(`19999 ${"x".repeat(10_000)}`)).toBe(1000);
  expect(limit.take(`0 ${"x".repeat(10_000)}`)).toBe(0);
  expect(limit.take(`19999 ${"x".repeat(9_000)}`)).toBe(1000);
});

test.each([
  [{ "x-forwarded-for": "10.0.0.1" }, "10.0.0.1"],
  [{ "x-forwarded-for": "1.2.3.4, 10.0.0.1" }, "10.0.0.1"],
  [{}, ""],
])("of %o the address is %s", (headers, address) => {
  expect(addressOf(new Headers(headers as Record<string, string>))).toBe(address);
});
