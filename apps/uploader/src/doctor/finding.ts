import { isPilabError } from "@pilab/schema";

/** One line of `doctor`. */
export interface Finding {
  readonly check: string;
  readonly level: "ok" | "warn" | "fail";
  readonly text: string;
  /** What to do. */
  readonly hint?: string | undefined;
}

/** Makes the findings of one check. */
export function finder(check: string) {
  const make =
    (level: Finding["level"]) =>
    (text: string, hint?: string): Finding => ({ check, level, text, hint });
  return { ok: make("ok"), warn: make("warn"), fail: make("fail") };
}

/** Runs a check; what it throws is what it found. */
export async function attempt(check: string, work: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await work();
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return [finder(check).fail(text, isPilabError(error) ? error.hint : undefined)];
  }
}
