import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspectCapture } from "@pilab/storage-core";
import { makeJpeg } from "@pilab/testing";
import { expect, it } from "vitest";
import { createCandidates } from "./candidates.ts";

it("looks again soon when the rest of a file arrives while it is looked at", async () => {
  const folder = mkdtempSync(join(tmpdir(), "pilab-candidates-"));
  const picture = Buffer.from(await makeJpeg({ width: 64, height: 48 }));
  const path = join(folder, "a.jpg");
  writeFileSync(path, picture.subarray(0, 300));
  const stop = new AbortController();
  const finished: number[] = [];
  let looks = 0;
  const candidates = createCandidates({
    settleMs: 20,
    giveUpMs: 60_000,
    sidecarWaitMs: 0,
    knows: () => false,
    onFinished: ({ sizeBytes }) => {
      finished.push(sizeBytes);
      stop.abort();
    },
    onUnfinished: () => {},
    onTrouble: (error) => {
      throw error;
    },
    async inspect(input, options) {
      looks += 1;
      const found = inspectCapture(input, options);
      await found.catch(() => {});
      if (looks === 1) {
        appendFileSync(path, picture.subarray(300));
        void candidates.touch(path);
      }
      return found;
    },
    onJudged: () => {},
    monotonic: () => performance.now(),
    signal: stop.signal,
  });
  await candidates.consider(path);
  await candidates.run();
  expect(finished).toEqual([picture.length]);
  rmSync(folder, { recursive: true });
});
