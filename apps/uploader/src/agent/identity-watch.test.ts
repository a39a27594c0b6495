import { expect, test } from "vitest";
import { createIdentityWatch } from "./identity-watch.ts";

const heard = (instance: string) => ({ instance, reportedAt: new Date() });

test("a cloned card is noticed by both machines: one journal, two boots; ten looks without the other end it", () => {
  const [here, there] = [createIdentityWatch("journal", "boot a"), createIdentityWatch("journal", "boot b")];
  expect(here.instance).not.toBe(there.instance);
  for (const [watch, other] of [
    [here, there],
    [there, here],
  ] as const) {
    watch.reported();
    watch.check(heard(other.instance));
    expect(watch.complaint).toContain("Another agent works as this same device");
  }
  for (let look = 0; look < 9; look += 1) here.check(heard(here.instance));
  expect(here.complaint).not.toBeNull();
  here.check(heard(here.instance));
  expect(here.complaint).toBeNull();
});

test("a machine's own last boot, a restart within a boot, and a server without heartbeats are nobody else", () => {
  const before = createIdentityWatch("journal", "boot a");
  const after = createIdentityWatch("journal", "boot b");
  after.check(heard(before.instance));
  after.reported();
  after.check(heard(after.instance));
  after.check(null);
  expect(after.complaint).toBeNull();
  expect(createIdentityWatch("journal", "boot b").instance).toBe(after.instance);
});
