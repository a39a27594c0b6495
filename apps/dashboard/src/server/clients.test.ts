import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { borrowClient } from "./clients.ts";

beforeEach(() => {
  vi.stubEnv("SUPABASE_URL", "http://127.0.0.1:9");
  vi.stubEnv("SUPABASE_ANON_KEY", "sb_publishable_x");
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

test("a client that was given back twice is not closed under somebody else's stream", () => {
  const [one, other] = [borrowClient("a token"), borrowClient("a token")];
  expect(other.pilab).toBe(one.pilab);
  const close = vi.spyOn(one.pilab, "close");
  one.giveBack();
  one.giveBack();
  vi.advanceTimersByTime(3_600_000);
  expect(close).not.toHaveBeenCalled();
  other.giveBack();
  vi.advanceTimersByTime(3_600_000);
  expect(close).toHaveBeenCalledOnce();
  const anew = borrowClient("a token");
  expect(anew.pilab).not.toBe(one.pilab);
  anew.giveBack();
});
