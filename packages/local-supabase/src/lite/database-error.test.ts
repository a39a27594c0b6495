import { describe, expect, it } from "vitest";
import type { Caller } from "../gate.ts";
import { type DatabaseError, databaseErrorResponse, httpStatus, isDatabaseError } from "./database-error.ts";

function databaseError(fields: Partial<DatabaseError>): DatabaseError {
  return Object.assign(new Error(fields.message ?? "it failed"), { code: "23505", ...fields });
}

const request = (role: Caller["role"], path = "/captures") => ({
  caller: { role, claims: {}, headers: {} },
  method: "GET",
  path,
});

describe("httpStatus", () => {
  it.each([
    ["23505", 409],
    ["23503", 409],
    ["23514", 400],
    ["23502", 400],
    ["22P02", 400],
    ["P0001", 400],
    ["P0002", 500],
    ["PT418", 418],
    ["PTxyz", 500],
    ["25006", 405],
    ["40001", 500],
    ["40P01", 500],
    ["42883", 404],
    ["42P01", 404],
    ["42703", 400],
    ["53300", 503],
    ["57P01", 503],
    ["57014", 500],
    ["08006", 503],
    ["XX000", 500],
  ])("answers SQLSTATE %s with %i", (code, status) => {
    expect(httpStatus(code, "it failed", true)).toBe(status);
  });

  it("asks a nameless caller to sign in, and refuses a known one", () => {
    expect(httpStatus("42501", "permission denied", false)).toBe(401);
    expect(httpStatus("42501", "permission denied", true)).toBe(403);
  });

  it("tells an unknown role from other wrong parameters", () => {
    expect(httpStatus("22023", 'role "x" does not exist', true)).toBe(401);
    expect(httpStatus("22023", "at most 500 captures", true)).toBe(400);
  });
});

describe("databaseErrorResponse", () => {
  it("carries code, message, details and hint", async () => {
    const error = databaseError({
      code: "P0001",
      message: "Not today",
      detail: "It is Sunday",
      hint: "Wait",
    });
    const response = databaseErrorResponse(error, request("authenticated"));
    expect(response.headers.get("proxy-status")).toBe("PostgREST; error=P0001");
    expect(await response.json()).toEqual({
      code: "P0001",
      message: "Not today",
      details: "It is Sunday",
      hint: "Wait",
    });
  });

  it("names the table of an unknown column, as PostgREST does", async () => {
    const error = databaseError({ code: "42703", message: 'column "nope" does not exist' });
    const body = await databaseErrorResponse(error, request("anon")).json();
    expect(body).toMatchObject({ message: "column captures.nope does not exist", details: null, hint: null });
  });

  it("asks for a token where signing in may help", () => {
    const denied = databaseError({ code: "42501" });
    expect(databaseErrorResponse(denied, request("anon")).headers.get("www-authenticate")).toBe("Bearer");
    expect(databaseErrorResponse(denied, request("authenticated")).headers.has("www-authenticate")).toBe(
      false,
    );
  });
});

it("knows an error of Postgres by its SQLSTATE", () => {
  expect(isDatabaseError(databaseError({}))).toBe(true);
  expect(isDatabaseError(Object.assign(new Error("refused"), { code: "ECONNREFUSED" }))).toBe(false);
  expect(isDatabaseError({ code: "23505" })).toBe(false);
});
