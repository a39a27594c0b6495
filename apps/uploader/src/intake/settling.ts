/** Times by which a file is judged, in milliseconds. */
export interface SettlingTimes {
  /** Unchanged for so long, a file that is complete counts as finished. */
  readonly settleMs: number;
  /** Unchanged for so long and still incomplete, it is given up. */
  readonly giveUpMs: number;
  /** So long after its last change a file's sidecar may still come. */
  readonly sidecarWaitMs: number;
}

/** What a look at a file showed that has not changed for `quietMs`. */
export interface Look {
  readonly quietMs: number;
  /** Why it is no whole capture; undefined when it is one. */
  readonly fault: string | undefined;
  /** `unreadable`: it is there, but no JSON object, or none yet. */
  readonly sidecar: "absent" | "present" | "unreadable";
}

/** What to do with the file. */
export type Step =
  | { readonly kind: "finish" }
  | { readonly kind: "give_up"; readonly reason: string }
  | { readonly kind: "look_again"; readonly inMs: number };

/** Judges a file by one look; the caller has seen that it is unchanged for at least `settleMs`. */
export function judge({ quietMs, fault, sidecar }: Look, times: SettlingTimes): Step {
  if (fault !== undefined) {
    const leftMs = times.giveUpMs - quietMs;
    return leftMs > 0 ? { kind: "look_again", inMs: leftMs } : { kind: "give_up", reason: fault };
  }
  const leftMs = times.sidecarWaitMs - quietMs;
  if (sidecar === "present" || leftMs <= 0) return { kind: "finish" };
  return { kind: "look_again", inMs: Math.min(leftMs, times.settleMs) };
}
