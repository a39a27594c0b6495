import { describe, expect, it } from "vitest";
import { createSignInLimit } from "./sign-in-limit.ts";

describe("createSignInLimit", () => {
  function limitAt(start = 0) {
    const clock = { now: start };
    const limit = createSignInLimit({ maxFailures: 3, windowMs: 1000, now: () => clock.now });
    return { clock, limit };
  }

  it("refuses the attempt after the last allowed, and says how long", () => {
    const { clock, limit } = limitAt();
    expect([limit.attempt("a"), limit.attempt("a"), limit.attempt("a")]).toEqual([0, 0, 0]);
    clock.now = 400;
    expect(limit.attempt("a")).toBe(600);
  });

  it("begins anew when the window ends, however often it was asked meanwhile", () => {
    const { clock, limit } = limitAt();
    for (let attempt = 0; attempt < 20; attempt++) limit.attempt("a");
    clock.now = 1000;
    expect(limit.attempt("a")).toBe(0);
  });

  it("counts each account for itself, and forgets failures after a success", () => {
    const { limit } = limitAt();
    for (let attempt = 0; attempt < 3; attempt++) limit.attempt("a");
    expect(limit.attempt("b")).toBe(0);
    limit.succeeded("a");
    expect(limit.attempt("a")).toBe(0);
  });
});
