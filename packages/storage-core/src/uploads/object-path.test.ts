import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { objectPath, thumbnailPlace } from "./object-path.ts";

const sha256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

describe("objectPath", () => {
  test("is the device, the UTC day, the second and the head of the hash", () => {
    const capturedAt = new Date("2026-03-09T23:15:02.999-03:00");
    expect(objectPath({ slug: "pi-1", capturedAt, sha256, extension: "jpg" })).toBe(
      "pi-1/2026/03/10/021502-9f86d081884c.jpg",
    );
  });

  test("says which other path it is when the plain one holds other bytes", () => {
    const capturedAt = new Date("2026-03-09T00:00:00Z");
    expect(objectPath({ slug: "pi-1", capturedAt, sha256, extension: "dng", attempt: 3 })).toBe(
      "pi-1/2026/03/09/000000-9f86d081884c-3.dng",
    );
  });

  test("needs no encoding in a URL, whatever the date and device", () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date("1970-01-01"), max: new Date("9999-12-31"), noInvalidDate: true }),
        fc.stringMatching(/^[a-z0-9-]{1,63}$/),
        fc.integer({ min: 1, max: 9 }),
        (capturedAt, slug, attempt) => {
          const path = objectPath({ slug, capturedAt, sha256, extension: "jpg", attempt });
          expect(path.split("/").map(encodeURIComponent).join("/")).toBe(path);
          expect(path).toMatch(/^[a-z0-9-]+\/\d{4}\/\d\d\/\d\d\/\d{6}-[0-9a-f]{12}(-\d)?\.jpg$/);
        },
      ),
    );
  });

  test("refuses a date that is none", () => {
    expect(() =>
      objectPath({ slug: "pi-1", capturedAt: new Date(Number.NaN), sha256, extension: "jpg" }),
    ).toThrow("capturedAt is no date");
  });

  test("puts the thumbnail in its own bucket under the same path", () => {
    expect(thumbnailPlace("pilab-dev", "a/b.jpg")).toEqual({
      bucket: "pilab-dev-thumbs",
      path: "a/b.jpg.webp",
    });
  });
});
