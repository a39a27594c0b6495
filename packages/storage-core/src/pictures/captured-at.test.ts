import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CapturedAtInput, chooseCapturedAt } from "./captured-at.ts";
import { instantOf } from "./zoned-time.ts";

const now = new Date("2026-03-01T12:00:00Z");
const base: CapturedAtInput = { fileName: "frame.jpg", timeZone: "UTC", now };
const exif = (text: string, offsetMinutes: number | null = null) => ({ text, offsetMinutes });

function choose(input: Partial<CapturedAtInput>) {
  const { capturedAt, ...rest } = chooseCapturedAt({ ...base, ...input });
  return { at: capturedAt.toISOString(), ...rest };
}

describe("the order of sources", () => {
  const all = {
    caller: "2025-01-01T00:00:00Z",
    sidecar: "2025-01-02T00:00:00Z",
    taken: exif("2025:01:03 00:00:00"),
    fileName: "20250104_000000.jpg",
    mtimeMs: Date.parse("2025-01-05T00:00:00Z"),
  };
  it.each([
    ["caller", all, "2025-01-01", true],
    ["sidecar", { ...all, caller: undefined }, "2025-01-02", true],
    ["exif", { ...all, caller: undefined, sidecar: undefined }, "2025-01-03", true],
    ["filename", { ...all, caller: undefined, sidecar: undefined, taken: null }, "2025-01-04", true],
    ["mtime", { mtimeMs: all.mtimeMs }, "2025-01-05", false],
  ] as const)("takes %s when nothing before it speaks", (source, input, day, trusted) => {
    expect(choose(input)).toEqual({ at: `${day}T00:00:00.000Z`, source, trusted, rejected: [] });
  });

  it("takes the arrival, untrusted, when nothing speaks at all", () => {
    expect(choose({})).toEqual({ at: now.toISOString(), source: "mtime", trusted: false, rejected: [] });
  });
});

describe("what is not believed", () => {
  const mtimeMs = Date.parse("2026-02-28T10:00:00Z");
  it.each([
    ["0000:00:00 00:00:00", "is all zeros"],
    ["    :  :     :  :  ", "is blank"],
    ["", "is blank"],
    ["2099:09:29 10:10:10", "is more than a day in the future"],
    ["2038:05:05 01:29:24", "is more than a day in the future"],
    ["1970:01:01 00:00:12", "is before 1990"],
    ["2025:13:01 00:00:00", "is no date"],
    ["2025:02:30 10:00:00", "is no date"],
    ["2025:02:28 25:00:00", "is no date"],
    ["yesterday at 5", "is no date"],
  ])("falls from EXIF %j to the next source, and says that it %s", (text, why) => {
    const { source, trusted, rejected } = choose({ taken: exif(text), mtimeMs });
    expect({ source, trusted }).toEqual({ source: "mtime", trusted: false });
    expect(rejected).toEqual([{ source: "exif", value: text, why }]);
  });

  it("tells every source it passed over, in order", () => {
    const { at, source, rejected } = choose({
      caller: new Date(Number.NaN),
      sidecar: "soon",
      taken: exif("2099:01:01 00:00:00"),
      fileName: "20250104_101112.jpg",
    });
    expect({ at, source }).toEqual({ at: "2025-01-04T10:11:12.000Z", source: "filename" });
    expect(rejected.map((one) => `${one.source} ${one.why}`)).toEqual([
      "caller is no date",
      "sidecar is no date",
      "exif is more than a day in the future",
    ]);
  });

  it("takes a time up to a day ahead: zones and clocks differ", () => {
    expect(choose({ taken: exif("2026:03:02 11:59:59") }).source).toBe("exif");
    expect(choose({ taken: exif("2026:03:02 12:00:01") }).source).toBe("mtime");
  });

  it("names a zone that does not exist", () => {
    expect(() => choose({ taken: exif("2025:01:01 00:00:00"), timeZone: "Mars/Olympus" })).toThrow(
      '"Mars/Olympus" is no time zone',
    );
  });
});

describe("time zones", () => {
  it.each([
    ["2025:06:15 12:30:00.25", 120, "Asia/Tokyo", "2025-06-15T10:30:00.250Z"], // EXIF's own offset wins
    ["2025:06:15 12:30:00", null, "Europe/Berlin", "2025-06-15T10:30:00.000Z"],
    ["2025:01:15 12:30:00", null, "Europe/Berlin", "2025-01-15T11:30:00.000Z"],
    ["2025:03:30 01:59:59", null, "Europe/Berlin", "2025-03-30T00:59:59.000Z"],
    ["2025:03:30 02:30:00", null, "Europe/Berlin", "2025-03-30T01:30:00.000Z"], // never shown: as if the clock had stayed
    ["2025:03:30 03:00:00", null, "Europe/Berlin", "2025-03-30T01:00:00.000Z"],
    ["2025:10:26 02:30:00", null, "Europe/Berlin", "2025-10-26T00:30:00.000Z"], // shown twice: the first
    ["2025:10:26 03:00:00", null, "Europe/Berlin", "2025-10-26T02:00:00.000Z"],
    ["2025:06:15 12:30:00", null, "Asia/Kathmandu", "2025-06-15T06:45:00.000Z"],
    ["2025:06:15 00:30:00", null, "Pacific/Kiritimati", "2025-06-14T10:30:00.000Z"],
    ["2011:12:31 00:30:00", null, "Pacific/Apia", "2011-12-30T10:30:00.000Z"], // the day after the one it skipped
  ])("reads %s (offset %s) in %s as %s", (text, offset, timeZone, at) => {
    expect(choose({ taken: exif(text, offset), timeZone }).at).toBe(at);
  });

  it.each([
    ["2025-06-15T12:30:00+05:30", "2025-06-15T07:00:00.000Z"],
    ["2025-06-15T12:30:00", "2025-06-15T10:30:00.000Z"],
    ["2025-06-15 12:30", "2025-06-15T10:30:00.000Z"],
    [1_750_000_000, "2025-06-15T15:06:40.000Z"],
    [1_750_000_000_123, "2025-06-15T15:06:40.123Z"],
  ])("reads a sidecar's %s", (sidecar, at) => {
    expect(choose({ sidecar, timeZone: "Europe/Berlin" })).toMatchObject({
      at,
      source: "sidecar",
      trusted: true,
    });
  });

  it("returns every instant that a wall clock shows once", () => {
    const zones = fc.constantFrom(
      "Europe/Berlin",
      "America/New_York",
      "Australia/Lord_Howe",
      "Asia/Kolkata",
      "America/St_Johns",
    );
    fc.assert(
      fc.property(
        fc.date({ min: new Date("1990-01-01"), max: new Date("2040-01-01"), noInvalidDate: true }),
        zones,
        (date, zone) => {
          const [year, month, day, hour, minute, second] = wallOf(date, zone) as [
            number,
            number,
            number,
            number,
            number,
            number,
          ];
          const found = instantOf(
            { year, month, day, hour, minute, second, millisecond: date.getUTCMilliseconds() },
            zone,
          );
          // In the hour that occurs twice the first is meant; both show the same wall clock.
          expect(wallOf(found, zone)).toEqual([year, month, day, hour, minute, second]);
          expect([0, 30 * 60_000, 60 * 60_000]).toContain(date.getTime() - found.getTime());
        },
      ),
    );
  });
});

function wallOf(date: Date, timeZone: string): number[] {
  return date.toLocaleString("sv-SE", { timeZone }).split(/\D/).map(Number);
}

describe("file names", () => {
  it.each([
    ["20250615_123000.jpg", "2025-06-15T12:30:00.000Z"],
    ["IMG_20250615_123000.jpg", "2025-06-15T12:30:00.000Z"],
    ["image-20250615123000.jpg", "2025-06-15T12:30:00.000Z"],
    ["cam1_2025-06-15T12-30-00Z.jpg", "2025-06-15T12:30:00.000Z"],
    ["2025-06-15 12.30.00.png", "2025-06-15T12:30:00.000Z"],
    ["2025-06-15_12-30-00-250_0007.jpg", "2025-06-15T12:30:00.250Z"],
    ["2016-09-27_1025_ch129-pos01.jpg", "2016-09-27T10:25:00.000Z"],
    ["1750000000123.jpg", "2025-06-15T15:06:40.123Z"],
    ["frame-1750000000.jpg", "2025-06-15T15:06:40.000Z"],
  ])("finds the time in %s", (fileName, at) => {
    expect(choose({ fileName })).toMatchObject({ at, source: "filename", trusted: true });
  });

  it("reads a name without Z in the device's zone, one with Z in UTC", () => {
    const timeZone = "Europe/Berlin";
    expect(choose({ fileName: "20250615_123000.jpg", timeZone }).at).toBe("2025-06-15T10:30:00.000Z");
    expect(choose({ fileName: "20250615_123000Z.jpg", timeZone }).at).toBe("2025-06-15T12:30:00.000Z");
  });

  it.each([
    "frame-000123.jpg",
    "DSC01234.JPG",
    "plate_1366x768.jpg",
    "20251340.jpg",
    "0012345678901.jpg",
    "sample-99999999.png",
  ])("finds none in %s", (fileName) => {
    expect(choose({ fileName }).source).toBe("mtime");
  });

  it("lets a name that gives only the day yield to a modification time on that day", () => {
    const fileName = "2025-06-15_plate3.jpg";
    const mtimeMs = Date.parse("2025-06-15T22:30:00Z");
    expect(choose({ fileName, mtimeMs })).toMatchObject({ at: "2025-06-15T22:30:00.000Z", source: "mtime" });
    // The same instant is the next day in Berlin: then the name is the better witness.
    expect(choose({ fileName, mtimeMs, timeZone: "Europe/Berlin" })).toMatchObject({
      at: "2025-06-14T22:00:00.000Z",
      source: "filename",
      trusted: false,
    });
  });
});

it("always chooses a believable instant, whatever the sources say", () => {
  const text = fc.option(
    fc.oneof(fc.string(), fc.date().map(String), fc.stringMatching(/^\d{4}:\d\d:\d\d \d\d:\d\d:\d\d$/)),
    { nil: undefined },
  );
  fc.assert(
    fc.property(
      text,
      text,
      text,
      fc.string(),
      fc.option(fc.double(), { nil: undefined }),
      (caller, sidecar, taken, fileName, mtimeMs) => {
        const found = chooseCapturedAt({
          ...base,
          caller,
          sidecar,
          taken: taken === undefined ? null : exif(taken),
          fileName,
          mtimeMs,
          timeZone: "America/New_York",
        });
        expect(found.capturedAt.getTime()).toBeGreaterThanOrEqual(Date.UTC(1990, 0, 1));
        expect(found.capturedAt.getTime()).toBeLessThanOrEqual(now.getTime() + 86_400_000);
      },
    ),
  );
});
