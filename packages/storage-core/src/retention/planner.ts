import type { RetentionPolicy } from "@pilab/schema";
import { createTallies, type Decision, type PlanTally } from "./decision.ts";
import { type Entry, entryOf, type RetentionCapture } from "./entry.ts";
import { getOrMake } from "./get-or-make.ts";
import { Group, type GroupContext } from "./group.ts";
import { bySpecificity, createPlaces, type Place } from "./places.ts";
import { createReasons, type Reason, type ReasonCode } from "./reason.ts";
import { Shelf } from "./shelf.ts";
import { createSlots } from "./slot.ts";

/** What the retention decision depends on beside the captures. */
export interface RetentionContext {
  /** Those that are not enabled count as absent; an empty one, or two of one scope, are refused. */
  policies: readonly RetentionPolicy[];
  /** The server's clock: a worker whose own is wrong must not delete by it. */
  now: Date;
  /** The lab's zone (IANA): whose hours, days and weeks thinning counts. */
  timeZone: string;
}

/**
 * The retention decision over live captures of any number, read once, newest first (captured_at desc, id desc) in each
 * bucket. `onDecision` gets exactly one decision a capture, some at once, some at the end, always in the same order.
 *
 * It remembers a few hundred bytes for each device and series; and, of each policy with max_bytes, what its other rules
 * keep (about 150 bytes a capture), for the oldest of these are known only when all have been seen. Captures
 * whose captured_at is not trusted wait likewise under keep_last.
 */
export class RetentionPlanner {
  readonly #onDecision: (decision: Decision) => void;
  readonly #placeOf: ReturnType<typeof createPlaces>;
  readonly #groupContext: GroupContext;
  readonly #reasons = createReasons();
  readonly #tallies = createTallies();
  readonly #groups = new Map<string, Group>();
  readonly #shelves = new Map<RetentionPolicy, Shelf>();
  /** What stays in the scope of each policy with max_bytes, whoever decides about it, pinned or not. */
  readonly #countedBytes = new Map<RetentionPolicy, number>();

  constructor({ policies, now, timeZone }: RetentionContext, onDecision: (decision: Decision) => void) {
    this.#onDecision = onDecision;
    this.#placeOf = createPlaces(policies);
    this.#groupContext = {
      nowUs: now.getTime() * 1000,
      slotOf: createSlots(timeZone),
      ruling: (entry, stays, codes) => this.#rule(entry, stays, codes),
    };
  }

  /** Takes the next capture; decides what by now is certain. */
  add(capture: RetentionCapture): void {
    const place = this.#placeOf(capture);
    const entry = entryOf(capture, place);
    const tally = this.#tallies.of(place);
    tally.liveFiles++;
    tally.liveBytes += entry.bytes;
    const { policy } = place;
    if (policy === null) this.#decide("keep", entry, this.#reasons(null, ["uncovered"]));
    else getOrMake(this.#groups, place.group, () => new Group(policy, this.#groupContext)).add(entry);
  }

  /** Decides about all that is left, and sums up. */
  finish(): PlanTally[] {
    for (const group of this.#groups.values()) group.finish();
    // A policy counts what more specific ones leave in its scope, and never decides for them: so these go first.
    for (const policy of bySpecificity([...this.#shelves.keys()])) this.#cutToSize(policy);
    return this.#tallies.all();
  }

  /** What follows from the rules but max_bytes: a pin holds against all of them. */
  #rule(entry: Entry, stays: boolean, codes: readonly ReasonCode[]): void {
    const { place, pinned, bytes } = entry;
    const { policy } = place;
    if (policy === null) return;
    if (!stays && !pinned) {
      this.#decide("remove", entry, this.#reasons(policy, codes));
      return;
    }
    this.#count(place, bytes);
    if (pinned) this.#hold(entry, stays, this.#reasons(policy, ["pinned", ...codes]));
    else if (policy.max_bytes === null) this.#decide("keep", entry, this.#reasons(policy, codes));
    else {
      const reasons = this.#reasons(policy, [...codes, "inside_max_bytes"]);
      getOrMake(this.#shelves, policy, () => new Shelf()).put(entry, reasons);
    }
  }

  #hold(entry: Entry, stays: boolean, reasons: readonly Reason[]): void {
    if (!stays) {
      const tally = this.#tallies.of(entry.place);
      tally.heldFiles++;
      tally.heldBytes += entry.bytes;
    }
    this.#decide("keep", entry, reasons);
  }

  #cutToSize(policy: RetentionPolicy): void {
    const maxBytes = policy.max_bytes ?? Number.POSITIVE_INFINITY;
    for (const { reasons, ...shelved } of this.#shelves.get(policy)?.inOrder() ?? []) {
      if ((this.#countedBytes.get(policy) ?? 0) > maxBytes) {
        this.#count(shelved.place, -shelved.bytes);
        this.#decide("remove", shelved, this.#reasons(policy, ["over_max_bytes"]));
      } else {
        this.#decide("keep", shelved, reasons);
      }
    }
  }

  #count({ scopes }: Place, bytes: number): void {
    for (const scope of scopes) this.#countedBytes.set(scope, (this.#countedBytes.get(scope) ?? 0) + bytes);
  }

  #decide(action: Decision["action"], capture: Decided, reasons: readonly Reason[]): void {
    const { id, bytes, place } = capture;
    if (action === "remove") {
      const tally = this.#tallies.of(place);
      tally.removedFiles++;
      tally.removedBytes += bytes;
    }
    this.#onDecision({ id, bucketId: place.bucket_id, bytes, action, policy: place.policy, reasons });
  }
}

type Decided = Pick<Entry, "id" | "place" | "bytes">;
