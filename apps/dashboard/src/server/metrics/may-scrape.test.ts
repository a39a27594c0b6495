import { expect, test } from "vitest";
import { mayScrape } from "./may-scrape.ts";

const token = "a token of the lab";
const from = (headers: Record<string, string>, host = "127.0.0.1", wanted?: string) =>
  mayScrape({ headers: new Headers(headers), token: wanted, host });

test.each([
  ["this machine", { "x-forwarded-for": "127.0.0.1" }, "127.0.0.1", true],
  ["this machine over IPv6", { "x-forwarded-for": "::ffff:127.0.0.1" }, "::1", true],
  ["a proxy's client", { "x-forwarded-for": "192.168.1.7" }, "127.0.0.1", false],
  [
    "a client that calls itself local before a proxy",
    { "x-forwarded-for": "127.0.0.1, 10.0.0.9" },
    "127.0.0.1",
    false,
  ],
  ["anybody where the network can ask", { "x-forwarded-for": "127.0.0.1" }, "0.0.0.0", false],
  ["anybody under a container's name", {}, "3f2a9c", false],
])("without a token %s is answered or not", (_title, headers, host, allowed) => {
  expect(from(headers, host)).toBe(allowed);
});

test("with a token whoever has it is answered, and nobody else, this machine neither", () => {
  expect(from({ authorization: `Bearer ${token}` }, "0.0.0.0", token)).toBe(true);
  for (const authorization of [`Bearer ${token}!`, `Basic ${token}`, token, "Bearer ", ""])
    expect(from({ authorization }, "127.0.0.1", token)).toBe(false);
  expect(from({}, "127.0.0.1", token)).toBe(false);
});
