import { expect, test } from "vitest";
import { correlationId, withCorrelation } from "./correlation.ts";

const id = "0190cafe-0000-4000-8000-000000000001";

test("follows a job through its awaits, timers and promises, and keeps jobs apart", async () => {
  const job = (own: string) =>
    withCorrelation(own, async () => {
      await new Promise(setImmediate);
      return [correlationId(), await Promise.resolve().then(correlationId)];
    });
  const other = id.replace("1", "2");
  await expect(Promise.all([job(id), job(other)])).resolves.toEqual([
    [id, id],
    [other, other],
  ]);
  expect(correlationId()).toBeUndefined();
});

test("makes a UUID where none is given", () => {
  expect(withCorrelation(undefined, correlationId)).toMatch(/^[0-9a-f-]{36}$/);
});

test.each(["", "job-1", "0190cafe", `${id}\r\nx-evil: 1`])("drops %j from outside: it is no UUID", (bad) => {
  expect(withCorrelation(bad, correlationId)).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/);
});

test("gives back what fn gives, and throws what it throws", () => {
  expect(withCorrelation(id, () => 42)).toBe(42);
  expect(() =>
    withCorrelation(id, () => {
      throw new Error("x");
    }),
  ).toThrow("x");
});
