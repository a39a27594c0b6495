import { PilabError, type RetentionPolicy } from "@pilab/schema";
import { byRemoval, DAY_US, type Entry } from "./entry.ts";
import type { ReasonCode } from "./reason.ts";
import type { Every } from "./slot.ts";

/** Tells what the rules but max_bytes say of a capture: whether it stays, and why. */
type Ruling = (entry: Entry, stays: boolean, codes: readonly ReasonCode[]) => void;

/** What a group needs to know beside its policy. */
export interface GroupContext {
  nowUs: number;
  slotOf: (atMs: number, every: Every) => number;
  ruling: Ruling;
}

/**
 * The captures of one device and series under one policy, which keep_last and thinning count together. They come newest
 * first by captured_at, so that it remembers a count and the best capture of one slot, however many come. Only
 * captures whose time is not trusted wait, where keep_last must choose among them by when they were received.
 */
export class Group {
  readonly #policy: RetentionPolicy;
  readonly #ctx: GroupContext;
  #trustedSeen = 0;
  /** Untrusted and inside keep_days: received later than all that wait. */
  #untrustedYoung = 0;
  readonly #untrustedWaiting: Entry[] = [];
  #slot: number | null = null;
  #best: { entry: Entry; codes: readonly ReasonCode[] } | null = null;
  #previous: Entry | null = null;

  constructor(policy: RetentionPolicy, ctx: GroupContext) {
    this.#policy = policy;
    this.#ctx = ctx;
  }

  /** Takes the next older capture. */
  add(entry: Entry): void {
    this.#checkOrder(entry);
    const { keep_days, keep_last } = this.#policy;
    const young = keep_days !== null && this.#isYounger(entry, keep_days);
    if (entry.trusted) {
      const inLast = keep_last !== null && this.#trustedSeen++ < keep_last;
      this.#judgeAge(entry, young, inLast);
    } else if (keep_last === null || young) {
      this.#untrustedYoung++;
      this.#judgeAge(entry, young, false);
    } else {
      this.#untrustedWaiting.push(entry);
    }
  }

  /** Rules on what was still open. */
  finish(): void {
    this.#closeSlot();
    const slots = (this.#policy.keep_last ?? 0) - this.#untrustedYoung;
    const newestFirst = this.#untrustedWaiting.sort((a, b) => byRemoval(b, a));
    for (const [at, entry] of newestFirst.entries()) this.#judgeAge(entry, false, at < slots);
  }

  #judgeAge(entry: Entry, young: boolean, inLast: boolean): void {
    const { keep_days, keep_last } = this.#policy;
    if (young) this.#thin(entry, ["inside_keep_days"]);
    else if (inLast) this.#thin(entry, ["inside_keep_last"]);
    else if (keep_days === null && keep_last === null) this.#thin(entry, ["no_limit_of_age"]);
    else {
      const old = keep_days === null ? [] : (["older_than_keep_days"] as const);
      const many = keep_last === null ? [] : (["beyond_keep_last"] as const);
      this.#ctx.ruling(entry, false, [...old, ...many]);
    }
  }

  #thin(entry: Entry, codes: readonly ReasonCode[]): void {
    const { thin_every, thin_after_days } = this.#policy;
    const { ruling, slotOf } = this.#ctx;
    if (thin_every === null || thin_after_days === null) ruling(entry, true, codes);
    else if (this.#isYounger(entry, thin_after_days)) ruling(entry, true, [...codes, "not_yet_thinned"]);
    else if (!entry.trusted) ruling(entry, true, [...codes, "time_not_trusted"]);
    else {
      const slot = slotOf(Math.floor(entry.capturedUs / 1000), thin_every);
      if (slot !== this.#slot) this.#closeSlot();
      this.#slot = slot;
      this.#contend(entry, codes);
    }
  }

  /** Of two captures of one slot, one goes now. Of equals the earlier stays, which is always the one that comes. */
  #contend(entry: Entry, codes: readonly ReasonCode[]): void {
    const best = this.#best;
    const better =
      best === null ||
      this.#policy.thin_keep === "first" ||
      (entry.sharpness ?? -1) >= (best.entry.sharpness ?? -1);
    const loser = better ? best?.entry : entry;
    if (better) this.#best = { entry, codes };
    if (loser !== undefined) this.#ctx.ruling(loser, false, ["thinned"]);
  }

  #closeSlot(): void {
    if (this.#best) this.#ctx.ruling(this.#best.entry, true, [...this.#best.codes, "best_of_slot"]);
    this.#best = null;
  }

  #isYounger({ createdUs }: Entry, days: number): boolean {
    return this.#ctx.nowUs - createdUs < days * DAY_US;
  }

  #checkOrder(entry: Entry): void {
    const previous = this.#previous;
    this.#previous = entry;
    if (previous === null) return;
    const newer = entry.capturedUs - previous.capturedUs || (entry.id < previous.id ? -1 : 1);
    if (newer > 0) {
      throw new PilabError("internal", `capture ${entry.id} came after ${previous.id}, which is older`, {
        hint: "Give the planner captures in the order captured_at desc, id desc.",
      });
    }
  }
}
