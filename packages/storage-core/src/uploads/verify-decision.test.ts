import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decideVerification, partsEtag } from "./verify-decision.ts";

const MIB = 1024 * 1024;
const md5 = "0123456789abcdef0123456789abcdef";
const other = "f".repeat(32);

describe("decideVerification", () => {
  test.each([
    ["another size, whatever the eTag", { sizeBytes: 9, etag: md5 }, { kind: "size_differs" }],
    ["our MD5 as eTag", { sizeBytes: 10, etag: md5 }, { kind: "proven", by: "etag" }],
    ["our MD5 in capitals", { sizeBytes: 10, etag: md5.toUpperCase() }, { kind: "proven", by: "etag" }],
    // An encrypted bucket's eTag looks like an MD5 and is none.
    ["another plain eTag", { sizeBytes: 10, etag: other }, { kind: "unproven" }],
    ["no eTag", { sizeBytes: 10, etag: null }, { kind: "unproven" }],
    ["an eTag of no known form", { sizeBytes: 10, etag: "W/abc" }, { kind: "unproven" }],
    ["one part", { sizeBytes: 10, etag: `${other}-1` }, { kind: "parts", partSizes: [10] }],
    ["parts that no known size gives", { sizeBytes: 10, etag: `${other}-7` }, { kind: "unproven" }],
    ["no parts", { sizeBytes: 10, etag: `${other}-0` }, { kind: "unproven" }],
  ])("decides on %s", (_title, held, decision) => {
    expect(decideVerification({ sizeBytes: 10, md5 }, held)).toEqual(decision);
  });

  test("offers every known part size that gives the number of parts", () => {
    const decision = decideVerification(
      { sizeBytes: 12 * MIB, md5 },
      { sizeBytes: 12 * MIB, etag: `${other}-2` },
    );
    expect(decision).toEqual({ kind: "parts", partSizes: [6 * MIB, 8 * MIB, 10 * MIB] });
  });
});

describe("partsEtag", () => {
  test("is S3's md5 of the parts' md5s, for any bytes and part size", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 1, maxLength: 200 }),
        fc.integer({ min: 1, max: 64 }),
        async (bytes, partSize) => {
          const digests = Array.from({ length: Math.ceil(bytes.length / partSize) }, (_, part) =>
            createHash("md5")
              .update(bytes.subarray(part * partSize, (part + 1) * partSize))
              .digest(),
          );
          const expected = `${createHash("md5").update(Buffer.concat(digests)).digest("hex")}-${digests.length}`;
          const read = async (start: number, end: number) => bytes.subarray(start, end);
          expect(await partsEtag(bytes.length, partSize, read)).toBe(expected);
        },
      ),
    );
  });

  test("reads no more than 1 MiB at once", async () => {
    const reads: number[] = [];
    const read = async (start: number, end: number) => {
      reads.push(end - start);
      return new Uint8Array(end - start);
    };
    expect(await partsEtag(5 * MIB + 1, 5 * MIB, read)).toMatch(/-2$/);
    expect(Math.max(...reads)).toBe(MIB);
    expect(reads.reduce((sum, size) => sum + size, 0)).toBe(5 * MIB + 1);
  });
});
