import { getEventListeners } from "node:events";
import { expect, test } from "vitest";
import { abortableSleep } from "./abortable-sleep.ts";

test("resolves after the time and leaves no listener on the signal", async () => {
  const { signal } = new AbortController();
  await abortableSleep(1, signal);
  expect(getEventListeners(signal, "abort")).toHaveLength(0);
});

test("rejects at once when the signal aborts, the reason as cause", async () => {
  const controller = new AbortController();
  const sleeping = abortableSleep(1e12, controller.signal);
  controller.abort("why");
  await expect(sleeping).rejects.toMatchObject({ code: "aborted", cause: "why" });
});

test("calls it a timeout when AbortSignal.timeout ran out", async () => {
  await expect(abortableSleep(60_000, AbortSignal.timeout(1))).rejects.toMatchObject({ code: "timeout" });
});
