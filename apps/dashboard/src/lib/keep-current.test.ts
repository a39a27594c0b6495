import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { keepCurrent } from "./keep-current.ts";
import { live } from "./live-meta.ts";

const queryClient = new QueryClient({ defaultOptions: { queries: { staleTime: 30_000, retry: false } } });
let answers: PromiseWithResolvers<number>[] = [];
const { refresh, watch } = keepCurrent(queryClient);
let stop = () => {};

beforeEach(() => {
  answers = [];
  stop = watch();
});
afterEach(() => {
  stop();
  queryClient.clear();
});

/** A query on the screen whose answers a test gives; each call of it is one of `answers`. */
function onScreen() {
  const observer = new QueryObserver(queryClient, {
    queryKey: ["devices"],
    queryFn: () => {
      const answer = Promise.withResolvers<number>();
      answers.push(answer);
      return answer.promise;
    },
    ...live("device_status"),
  });
  observer.subscribe(() => {});
  return observer;
}

/** Gives one, and whatever follows from it the time to happen. */
async function answer(index: number, value: number) {
  answers[index]?.resolve(value);
  await vi.waitFor(() => expect(queryClient.getQueryData(["devices"])).toBe(value));
  await new Promise(setImmediate);
}

test("a change during an answer on its way is asked for when that answer is there, once for all of them", async () => {
  const observer = onScreen();
  refresh(["device_status"]);
  refresh(["device_status"]);
  expect(answers).toHaveLength(1);
  await answer(0, 1);
  expect(answers).toHaveLength(2);
  await answer(1, 2);
  expect(answers).toHaveLength(2);
  expect(observer.getCurrentResult().data).toBe(2);
});

test("a change during an answer that fails is asked for, too", async () => {
  onScreen();
  refresh(["device_status"]);
  answers[0]?.reject(new Error("away"));
  await vi.waitFor(() => expect(answers).toHaveLength(2));
});

test("an event asks for what changes with its tables alone; without tables all is asked for, and what failed", async () => {
  onScreen();
  await answer(0, 1);
  refresh(["alerts"]);
  expect(answers).toHaveLength(1);
  refresh();
  expect(answers).toHaveLength(2);
});
