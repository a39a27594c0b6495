import type { DailyGrowth } from "./daily-growth.ts";
import { DAY_US, entryOf, type RetentionCapture } from "./entry.ts";
import { getOrMake } from "./get-or-make.ts";
import type { Place, Placed } from "./places.ts";
import { createSlots } from "./slot.ts";

/** The captures of one place received within the same 24 hours: what a forecast counts instead of captures. */
export interface Cohort {
  place: Place;
  /** Days from now to when it is no day old: 0 for the last 24 hours, -1 for the 24 before, 1 for those to come. */
  born: number;
  /** Pinned ones aside. */
  files: number;
  bytes: number;
  pinnedFiles: number;
  pinnedBytes: number;
  /** Files that thinning would leave. */
  lasting: number;
}

/** Where and when a forecast begins. */
export interface CohortContext {
  placeOf: (capture: Placed) => Place;
  now: Date;
  timeZone: string;
}

/** Counts captures, given newest first, by place and age; as many numbers remain as there are places and days. */
export function createCohorts({ placeOf, now, timeZone }: CohortContext): {
  add(capture: RetentionCapture): void;
  all(): Cohort[];
} {
  const cohorts = new Map<Place, Map<number, Cohort>>();
  const lastSlots = new Map<string, number>();
  const slotOf = createSlots(timeZone);
  return {
    add(capture) {
      const place = placeOf(capture);
      const { bytes, capturedUs, createdUs, trusted, pinned } = entryOf(capture, place);
      const born = Math.min(0, -Math.floor((now.getTime() * 1000 - createdUs) / DAY_US));
      const ofPlace = getOrMake(cohorts, place, () => new Map<number, Cohort>());
      const cohort = getOrMake(ofPlace, born, () => emptyCohort(place, born));
      if (pinned) {
        cohort.pinnedFiles++;
        cohort.pinnedBytes += bytes;
        return;
      }
      cohort.files++;
      cohort.bytes += bytes;
      const every = place.policy?.thin_every ?? null;
      const slot = every === null || !trusted ? null : slotOf(Math.floor(capturedUs / 1000), every);
      if (slot === null || slot !== lastSlots.get(place.group)) cohort.lasting++;
      if (slot !== null) lastSlots.set(place.group, slot);
    },
    all: () => [...cohorts.values()].flatMap((ofPlace) => [...ofPlace.values()]),
  };
}

const SLOTS_A_DAY = { hour: 24, day: 1, week: 1 / 7 };

/** What will have arrived in a place on a day to come. */
export function cohortToCome(growth: DailyGrowth, place: Place, born: number): Cohort {
  const { files, bytes } = growth;
  const every = place.policy?.thin_every ?? null;
  const lasting = every === null ? files : Math.min(files, SLOTS_A_DAY[every]);
  return { ...emptyCohort(place, born), files, bytes, lasting };
}

function emptyCohort(place: Place, born: number): Cohort {
  return { place, born, files: 0, bytes: 0, pinnedFiles: 0, pinnedBytes: 0, lasting: 0 };
}
