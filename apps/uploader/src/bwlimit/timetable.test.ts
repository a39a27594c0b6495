import { describe, expect, test } from "vitest";
import { limitAt, parseBandwidthLimit } from "./timetable.ts";
import { createWallClock } from "./wall-clock.ts";

const KIB = 1024;
const at = (day: number, hours: number, minutes = 0) => day * 1440 + hours * 60 + minutes;

describe("parseBandwidthLimit", () => {
  test.each([
    ["512", 512 * KIB],
    ["512k", 512 * KIB],
    ["512KiB", 512 * KIB],
    ["2M", 2 * KIB ** 2],
    ["1.5M", 1.5 * KIB ** 2],
    ["300B", 300],
    ["1G", KIB ** 3],
    ["off", null],
    ["OFF", null],
    ["0", null],
    ["10M:100k", 10 * KIB ** 2],
    ["off:1M", null],
  ])("reads %s as one limit for the whole week, as rclone does", (text, bytesPerS) => {
    expect(parseBandwidthLimit(text)).toEqual([{ minuteOfWeek: 0, bytesPerS }]);
  });

  test("a slot without a day holds on every day, and before the first slot of a day the day before goes on", () => {
    const timetable = parseBandwidthLimit("08:00,512k 19:00,off");
    expect(timetable).toHaveLength(14);
    for (let day = 0; day < 7; day += 1) {
      expect(limitAt(timetable, at(day, 7, 59))).toBeNull();
      expect(limitAt(timetable, at(day, 8))).toBe(512 * KIB);
      expect(limitAt(timetable, at(day, 18, 59))).toBe(512 * KIB);
      expect(limitAt(timetable, at(day, 19))).toBeNull();
    }
  });

  test("slots of days hold until the next slot, around the week's end too", () => {
    const timetable = parseBandwidthLimit("Mon-08:00,1M Friday-18:30,off");
    expect(limitAt(timetable, at(0, 0))).toBeNull();
    expect(limitAt(timetable, at(1, 7, 59))).toBeNull();
    expect(limitAt(timetable, at(1, 8))).toBe(KIB ** 2);
    expect(limitAt(timetable, at(5, 18, 29))).toBe(KIB ** 2);
    expect(limitAt(timetable, at(6, 23, 59))).toBeNull();
  });

  test.each([
    ["", "it is empty"],
    ["fast", "it is no limit"],
    ["-1M", "it is no limit"],
    ["08:00", "a time of day needs a limit"],
    ["08:00,fast", "it is no limit"],
    ["8,1M 9:00,off", "it is no HH:MM,limit"],
    ["24:00,1M", "no such time of day"],
    ["08:60,1M", "no such time of day"],
    ["Mo-08:00,1M", "Mo is no day"],
    ["08:00,1M Tue-08:00,2M", "that time was given before"],
  ])("refuses %s and says why", (text, why) => {
    expect(() => parseBandwidthLimit(text)).toThrow(why);
  });
});

describe("createWallClock", () => {
  const berlin = createWallClock("Europe/Berlin");
  test("tells what the wall clock of the zone shows", () => {
    expect(berlin(Date.UTC(2026, 6, 15, 6, 0))).toBe(at(3, 8));
    expect(berlin(Date.UTC(2026, 0, 14, 23, 30))).toBe(at(4, 0, 30));
  });

  test("skips an hour when summer time begins and repeats one when it ends", () => {
    expect(berlin(Date.UTC(2026, 2, 29, 0, 59))).toBe(at(0, 1, 59));
    expect(berlin(Date.UTC(2026, 2, 29, 1, 0))).toBe(at(0, 3));
    expect(berlin(Date.UTC(2026, 9, 25, 0, 30))).toBe(at(0, 2, 30));
    expect(berlin(Date.UTC(2026, 9, 25, 1, 30))).toBe(at(0, 2, 30));
  });
});
