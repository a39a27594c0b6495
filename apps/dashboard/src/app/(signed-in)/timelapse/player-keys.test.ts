import { expect, test } from "vitest";
import { playerKey } from "./player-keys.ts";

test.each([
  [" ", "toggle"],
  ["ArrowLeft", -1],
  ["ArrowRight", 1],
  ["ArrowUp", "faster"],
  ["Home", "first"],
  ["x", undefined],
])("%j does %j", (key, action) => {
  expect(playerKey(key, { shift: false, on: "other" })).toBe(action);
});

test("Shift steps ten", () => {
  expect(playerKey("ArrowRight", { shift: true, on: "other" })).toBe(10);
});

test("a button keeps Space, a field keeps all keys", () => {
  expect(playerKey(" ", { shift: false, on: "button" })).toBeUndefined();
  expect(playerKey("ArrowRight", { shift: false, on: "button" })).toBe(1);
  for (const key of [" ", "ArrowLeft", "Home"])
    expect(playerKey(key, { shift: false, on: "field" })).toBeUndefined();
});
