import { expect, test } from "vitest";
import { storedByDay } from "./stored-by-day.ts";

test("the last day is what is stored now, each day before lacks what came after it", () => {
  const arrival = (day: string, files: number) => ({
    ...{ day, key: null, files: files + 5, bytes: 1 },
    ...{ stored_files: files, stored_bytes: files * 10 },
  });
  expect(
    storedByDay(
      [arrival("2026-03-08", 3), arrival("2026-03-10", 2)],
      { files: 20, bytes: 200 },
      {
        days: 4,
        today: new Date("2026-03-10T12:00:00Z"),
      },
    ),
  ).toEqual([
    { day: "2026-03-07", files: 15, bytes: 150 },
    { day: "2026-03-08", files: 18, bytes: 180 },
    { day: "2026-03-09", files: 18, bytes: 180 },
    { day: "2026-03-10", files: 20, bytes: 200 },
  ]);
});
