import { expect, test } from "vitest";
import { createProgress } from "../systemd/index.ts";
import { createUploadWatch } from "./upload-watch.ts";

const HOUR = 3_600_000;

function watch() {
  const at = { ms: 0, bytes: 0 };
  const progress = createProgress(() => at.ms);
  const round = createUploadWatch(progress, () => at.bytes);
  return { at, progress, round };
}

test("uploads hang when for two hours none was settled and no byte moved", () => {
  const { at, progress, round } = watch();
  round(3, 0);
  at.ms += 2 * HOUR;
  round(3, 0);
  expect(progress.stuck()).toBeNull();
  at.ms += 1;
  round(3, 0);
  expect(progress.stuck()).toBe("the bringing of files has not got on for 7200 s");
  round(3, 1);
  expect(progress.stuck()).toBeNull();
});

test("an upload over a slow line, and days without any, are well", () => {
  const { at, progress, round } = watch();
  for (let hour = 0; hour < 24; hour += 1) {
    at.bytes += 1;
    at.ms += HOUR;
    round(1, 0);
  }
  for (let day = 0; day < 9; day += 1) {
    at.ms += 24 * HOUR;
    round(0, 0);
  }
  round(1, 0);
  expect(progress.stuck()).toBeNull();
});
