import { expect, it } from "vitest";
import { isLoopback, originOf } from "./listener.ts";

it.each([
  ["127.0.0.1", true],
  ["127.4.5.6", true],
  ["::1", true],
  ["localhost", true],
  ["0.0.0.0", false],
  ["::", false],
  ["192.168.1.5", false],
  ["lab.example", false],
])("knows whether %s is this machine alone: %s", (host, loopback) => {
  expect(isLoopback(host)).toBe(loopback);
});

it.each([
  ["127.0.0.1", false, "http://127.0.0.1:80"],
  ["0.0.0.0", true, "https://127.0.0.1:80"],
  ["::", false, "http://[::1]:80"],
  ["lab.example", true, "https://lab.example:80"],
])("names the origin of %s", (host, secure, origin) => {
  expect(originOf(host, 80, secure)).toBe(origin);
});
