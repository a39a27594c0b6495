import { z } from "zod";

/** A variable that is a number. `wants` is what an error says; a unit belongs into it. */
export function numeric(
  wants: string,
  fallback: number,
  { min, max = Number.MAX_SAFE_INTEGER, whole = false }: NumericRange,
) {
  const good = (text: string) =>
    /^[+-]?\d+(\.\d+)?$/.test(text) &&
    Number(text) >= min &&
    Number(text) <= max &&
    (!whole || Number.isInteger(Number(text)));
  return z.string().default(String(fallback)).refine(good, { error: wants }).transform(Number);
}

interface NumericRange {
  min: number;
  max?: number;
  whole?: boolean;
}

/** A variable in seconds, as the environment has it, that is milliseconds in code. */
export function seconds(wants: string, fallbackSeconds: number) {
  return numeric(wants, fallbackSeconds, { min: 0, max: 86_400 }).transform((value) =>
    Math.round(value * 1000),
  );
}

/** A variable that is one of some words, in any case. */
export function oneOf<const T extends string>(words: readonly T[], fallback: NoInfer<T>) {
  const wants = `one of ${words.join(", ")}`;
  return z
    .string()
    .default(fallback)
    .transform((text) => text.toLowerCase())
    .pipe(z.enum(words, { error: wants }));
}
