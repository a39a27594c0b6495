import { describe, expect, test } from "vitest";
import { TokenError } from "../gate.ts";
import { errorBody, httpStatus, isRefusal, refuse, toStorageApiError } from "./errors.ts";

const sqlError = (code: string) => Object.assign(new Error("said Postgres"), { code });

describe("errors", () => {
  test.each([
    [sqlError("42501"), 400, "403", "AccessDenied"],
    [sqlError("23505"), 400, "409", "KeyAlreadyExists"],
    [sqlError("23503"), 400, "404", "NoSuchBucket"],
    [sqlError("22P02"), 400, "400", "InvalidParameter"],
    [sqlError("55P03"), 400, "423", "ResourceLocked"],
    [sqlError("57014"), 400, "544", "DatabaseTimeout"],
    [sqlError("53300"), 400, "503", "DatabaseConnectionLimit"],
    [sqlError("22023"), 500, "500", "DatabaseError"],
    [sqlError("EPERM"), 500, "500", "InternalError"],
    [sqlError("ECONNREFUSED"), 500, "500", "InternalError"],
    [new TokenError("missing", "none"), 400, "400", "InvalidRequest"],
    [new TokenError("expired", '"exp" claim timestamp check failed'), 400, "403", "AccessDenied"],
    [new TokenError("role", "no such role"), 500, "500", "DatabaseError"],
    [refuse.noSuchKey(), 400, "404", "NoSuchKey"],
  ])("%s is HTTP %s with %s %s", (error, status, statusCode, code) => {
    const answer = toStorageApiError(error);
    expect(httpStatus(answer)).toBe(status);
    expect(errorBody(answer)).toMatchObject({ statusCode, code });
  });

  test("says nothing of what failed inside", () => {
    expect(errorBody(toStorageApiError(new Error("/secret/path is full")))).toEqual({
      statusCode: "500",
      error: "InternalError",
      message: "Internal server error",
      code: "InternalError",
    });
  });

  test.each([
    [sqlError("23505"), true],
    [refuse.noSuchKey(), true],
    [sqlError("08006"), false],
    [sqlError("57P01"), false],
    [sqlError("ECONNRESET"), false],
    [new Error("Connection terminated unexpectedly"), false],
  ])("after %s, that nothing was committed is certain: %s", (error, certain) => {
    expect(isRefusal(error)).toBe(certain);
  });
});
