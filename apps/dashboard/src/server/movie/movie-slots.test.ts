import { expect, test } from "vitest";
import { MovieSlots } from "./movie-slots.ts";

test("a person makes one movie at a time, and all together two", () => {
  const slots = new MovieSlots();
  const giveBack = slots.take("ada");
  expect(() => slots.take("ada")).toThrow("A movie of yours is being made");
  const giveBackToo = slots.take("grace");
  expect(() => slots.take("mary")).toThrow("2 movies are being made already");
  giveBack();
  slots.take("mary")();
  slots.take("ada")();
  giveBackToo();
});
