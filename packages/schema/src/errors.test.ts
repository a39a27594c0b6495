import { describe, expect, test } from "vitest";
import { ERRORS, type ErrorCode, isPilabError, PilabError } from "./errors.ts";

describe("ERRORS", () => {
  test.each(Object.entries(ERRORS))(
    "%s tells commands to come back later exactly when it is retryable",
    (_code, kind) => {
      expect(kind.exitCode === 75).toBe(kind.retryable);
      expect(kind.httpStatus).toBeGreaterThanOrEqual(200);
    },
  );
});

describe("PilabError", () => {
  test("keeps code, message, hint, cause and details", () => {
    const cause = new Error("socket hang up");
    const error = new PilabError("network", "upload of a.jpg got no answer", {
      hint: "Check the Wi-Fi.",
      cause,
      details: { file: "a.jpg" },
    });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ name: "PilabError", code: "network", hint: "Check the Wi-Fi.", cause });
    expect(error.message).toBe("upload of a.jpg got no answer");
    expect(error.details).toEqual({ file: "a.jpg" });
  });

  test("has no cause property when there was no cause", () => {
    expect("cause" in new PilabError("internal", "x")).toBe(false);
  });
});

describe("isPilabError", () => {
  test("accepts an error from another copy of the package, by its brand", () => {
    const foreign = Object.assign(new Error("x"), { [Symbol.for("@pilab/schema.PilabError")]: true });
    expect(isPilabError(foreign)).toBe(true);
  });

  test.each([
    ["null", null],
    ["a string", "PilabError"],
    ["a plain error", new Error("x")],
    ["an object that only looks alike", { name: "PilabError", code: "network" satisfies ErrorCode }],
  ])("refuses %s", (_title, value) => {
    expect(isPilabError(value)).toBe(false);
  });
});
