import { expect, it } from "vitest";
import { restAfterPass } from "./pass-rest.ts";

const MINUTE = 60_000;
const hinted = (tookMs: number) => ({ tookMs, isHinted: true });
const unhinted = (tookMs: number) => ({ tookMs, isHinted: false });

it("rests for the set time after a pass that took next to none", () => {
  expect(restAfterPass([hinted(5), unhinted(50)], MINUTE)).toBe(MINUTE);
});

it("goes through for a two hundredth of all time where the kernel tells of news, else for a twentieth", () => {
  expect(restAfterPass([hinted(3000)], MINUTE)).toBe(10 * MINUTE);
  expect(restAfterPass([unhinted(3000)], MINUTE)).toBe(MINUTE);
  expect(restAfterPass([unhinted(6000), hinted(300)], MINUTE)).toBe(3 * MINUTE);
});
