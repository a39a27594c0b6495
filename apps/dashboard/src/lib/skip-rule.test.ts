import { expect, test } from "vitest";
import { skipReason } from "./skip-rule.ts";

test.each([
  ["a frame as bright and sharp as the limits is shown", 0.1, 0.2, undefined],
  ["a darker one is dark", 0.09, 0.5, "dark"],
  ["a less sharp one is blurred", 0.5, 0.19, "blurred"],
  ["one that was never measured is shown", null, null, undefined],
])("%s", (_, brightness, sharpness, reason) => {
  expect(skipReason({ brightness, sharpness }, { dark: 0.1, blurred: 0.2 })).toBe(reason);
  expect(skipReason({ brightness, sharpness }, { dark: null, blurred: null })).toBeUndefined();
});
