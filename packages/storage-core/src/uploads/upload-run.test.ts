import { expect, test } from "vitest";
import type { PilabContext } from "../context.ts";
import { createUploadRun } from "./upload-run.ts";

test("reads two files at once, whatever their number, and the next when one is read", async () => {
  const run = createUploadRun({} as PilabContext, {
    device: "pi-1",
    concurrency: 4,
    memoryBytes: 1024,
    signal: new AbortController().signal,
  });
  const begun: number[] = [];
  const gates = Array.from({ length: 4 }, () => Promise.withResolvers<void>());
  const reading = gates.map(({ promise }, index) =>
    run.busy(() =>
      run.read(async () => {
        begun.push(index);
        await promise;
        if (index === 0) throw new Error("unreadable");
      }),
    ),
  );
  await expect.poll(() => begun).toEqual([0, 1]);
  gates[0]?.resolve();
  await expect(reading[0]).rejects.toThrow("unreadable");
  await expect.poll(() => begun).toEqual([0, 1, 2]);
  for (const { resolve } of gates) resolve();
  await Promise.all(reading.slice(1));
  expect(begun).toEqual([0, 1, 2, 3]);
});
