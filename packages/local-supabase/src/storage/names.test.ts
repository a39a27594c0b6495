import { describe, expect, test } from "vitest";
import { mustBeAllowedType, mustBeValidBucketName, mustBeValidKey, parseFileSizeLimit } from "./names.ts";

describe("names and limits", () => {
  test.each(["a", "pi-1/2026/06/15/150640-0123456789ab.jpg", "a b:+&(c)", "!-_.*'$@=;,?", "x".repeat(1024)])(
    "takes the key %s",
    (key) => {
      expect(() => mustBeValidKey(key)).not.toThrow();
    },
  );

  test.each(["", "ü", "a#b", "a[b", "~a", "a\\b", "a\nb", "a%b", "x".repeat(1025)])(
    "refuses the key %j",
    (key) => {
      expect(() => mustBeValidKey(key)).toThrow(expect.objectContaining({ code: "InvalidKey" }));
    },
  );

  test.each(["", "a/b", "ü", "x".repeat(101)])("refuses the bucket name %j", (name) => {
    expect(() => mustBeValidBucketName(name)).toThrow(expect.objectContaining({ code: "InvalidBucketName" }));
  });

  test.each([
    ["image/jpeg", null, true],
    ["image/jpeg", [], true],
    ["image/jpeg", ["image/jpeg"], true],
    ["image/jpeg", ["image/*"], true],
    ["image/JPEG", ["image/jpeg"], false],
    ["text/plain;charset=UTF-8", ["text/plain"], false],
    ["video/mp4", ["image/*", "text/plain"], false],
    ["imagex/a", ["image/*"], false],
    ["nonsense", ["image/*"], false],
  ])("with %s against %j: allowed is %s", (type, allowed, passes) => {
    const check = () => mustBeAllowedType(type, allowed);
    if (passes) expect(check).not.toThrow();
    else expect(check).toThrow(expect.objectContaining({ code: "InvalidMimeType" }));
  });

  test.each([
    [null, null],
    [undefined, null],
    [123, 123],
    ["20MB", 20_000_000],
    ["1.5kb", 1500],
    ["3b", 3],
    ["2GB", 2_000_000_000],
    ["77", 77],
  ])("reads the size %j as %j", (text, bytes) => {
    expect(parseFileSizeLimit(text)).toBe(bytes);
  });

  test.each(["MB", "-1MB", "1TB", "a lot"])("refuses the size %j", (text) => {
    expect(() => parseFileSizeLimit(text)).toThrow(expect.objectContaining({ code: "InvalidRequest" }));
  });
});
