/** Which frames a film leaves out; null: none of that kind. Frames that were not measured are always shown. */
export interface SkipRule {
  /** Darker than this, 0 to 1. */
  readonly dark: number | null;
  /** Less sharp than this, 0 to 1. */
  readonly blurred: number | null;
}

/** Why a rule leaves a frame out; undefined: it is shown. */
export function skipReason(
  { brightness, sharpness }: { readonly brightness: number | null; readonly sharpness: number | null },
  { dark, blurred }: SkipRule,
): "dark" | "blurred" | undefined {
  if (dark !== null && brightness !== null && brightness < dark) return "dark";
  if (blurred !== null && sharpness !== null && sharpness < blurred) return "blurred";
  return undefined;
}
