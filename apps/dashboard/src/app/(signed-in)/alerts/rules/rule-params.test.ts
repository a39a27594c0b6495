import { expect, test } from "vitest";
import { faceOf, keptOf, paramsLine, shownOf } from "./rule-params.ts";

test("shares are shown and typed as per cent, and come back as they were", () => {
  for (const share of [0.03, 0.1, 0.29, 0.9, 0.95, 0.333]) {
    expect(keptOf("min_share", shownOf("min_share", share))).toBe(share);
  }
  expect(shownOf("critical_free_share", 0.03)).toBe(3);
  expect(faceOf("critical_free_share").unit).toBe(" %");
});

test("other limits have the unit that their name ends with; a name that is new here is shown as it is", () => {
  expect(faceOf("temp_c").unit).toBe(" °C");
  expect(faceOf("window_h").unit).toBe(" h");
  expect(faceOf("some_new_limit_s")).toEqual({ label: "some new limit s", unit: " s", scale: 1 });
});

test("a rule's line says its limits, not its delays", () => {
  expect(paramsLine({ open_after_s: 300, temp_c: 80, critical_temp_c: 85 })).toBe(
    "hotter than 80 °C; critical when hotter than 85 °C",
  );
});
