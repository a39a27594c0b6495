import { type Cohort, cohortToCome, createCohorts } from "./cohort.ts";
import type { DailyGrowth } from "./daily-growth.ts";
import type { RetentionCapture } from "./entry.ts";
import { bySpecificity, createPlaces } from "./places.ts";
import type { RetentionContext } from "./planner.ts";
import { type ForecastRemoval, PolicyAccount, type PolicyForecast } from "./policy-account.ts";
import { type OnCut, simulateDay } from "./simulate-day.ts";

/** What a forecast reads beside the captures. Give all of one bucket, and that bucket's quota. */
export interface ForecastContext extends RetentionContext {
  /** How far to look: `preview --days 90`. */
  days: number;
  /** What arrives on an average day, see {@link dailyGrowth}. */
  growth: readonly DailyGrowth[];
  /** What lies in the trash by now, and when its grace ends. */
  trash: Iterable<{ bytes: number; freedAt: Date }>;
  /** Null: no quota, never full. */
  quotaBytes: number | null;
}

/** A day of a forecast; day 0 is a run now. */
export interface ForecastDay extends ForecastRemoval {
  day: number;
  at: Date;
  arrivedBytes: number;
  /** After the run of the day. */
  liveBytes: number;
  /** Live and in the trash. */
  storedBytes: number;
}

/** What policies would delete and free over time, and when storage would be full. */
export interface RetentionForecast {
  days: ForecastDay[];
  policies: PolicyForecast[];
  /** The first day on which what is stored reaches the quota; null: not within the days looked at. */
  fullAt: Date | null;
}

const DAY_MS = 86_400_000;

/** Reads live captures of any number, in the planner's order, then forecasts; it remembers a row a place and day. */
export class RetentionForecaster {
  readonly #ctx: ForecastContext;
  readonly #placeOf: ReturnType<typeof createPlaces>;
  readonly #cohorts: ReturnType<typeof createCohorts>;

  constructor(ctx: ForecastContext) {
    this.#ctx = ctx;
    this.#placeOf = createPlaces(ctx.policies);
    this.#cohorts = createCohorts({ ...ctx, placeOf: this.#placeOf });
  }

  /** Takes the next capture. */
  add(capture: RetentionCapture): void {
    this.#cohorts.add(capture);
  }

  /** Runs retention once a day, on paper. */
  finish(): RetentionForecast {
    const { policies, days, now, quotaBytes, trash } = this.#ctx;
    const enabled = bySpecificity(policies.filter((policy) => policy.enabled));
    const accounts = new Map(enabled.map((policy) => [policy, new PolicyAccount(policy, days)]));
    const maxBytesPolicies = enabled.filter(({ max_bytes }) => max_bytes !== null);
    const onCut: OnCut = (policy, ...removal) => accounts.get(policy)?.remove(...removal);
    const trashFreed = trashByDay(trash, now);
    let cohorts = this.#cohorts.all().sort((a, b) => a.born - b.born);
    let storedBytes = sum(cohorts, bytesOf) + sum([...trashFreed.values()], (bytes) => bytes);
    const forecast: ForecastDay[] = [];
    for (let day = 0; day <= days; day++) {
      const arrived = day === 0 ? [] : this.#arrivals(day);
      cohorts = [...cohorts.filter((cohort) => filesOf(cohort) > 0), ...arrived];
      for (const cohort of cohorts) {
        if (cohort.place.policy) accounts.get(cohort.place.policy)?.cover(day, filesOf(cohort));
      }
      simulateDay(cohorts, { day, maxBytesPolicies, onCut });
      const removals = [...accounts.values()].map((account) => account.on(day));
      const arrivedBytes = sum(arrived, bytesOf);
      const freedBytes = (trashFreed.get(day) ?? 0) + sum(removals, (removal) => removal.freedBytes);
      storedBytes += arrivedBytes - freedBytes;
      forecast.push({
        day,
        at: new Date(now.getTime() + day * DAY_MS),
        arrivedBytes,
        removedFiles: sum(removals, ({ removedFiles }) => removedFiles),
        removedBytes: sum(removals, ({ removedBytes }) => removedBytes),
        freedBytes,
        liveBytes: sum(cohorts, bytesOf),
        storedBytes,
      });
    }
    const full = forecast.find((day) => quotaBytes !== null && day.storedBytes >= quotaBytes);
    return {
      days: forecast,
      policies: [...accounts.values()].map((account) => account.asForecast()),
      fullAt: full?.at ?? null,
    };
  }

  #arrivals(day: number): Cohort[] {
    return this.#ctx.growth.map((growth) => cohortToCome(growth, this.#placeOf(growth), day));
  }
}

function filesOf({ files, pinnedFiles }: Cohort): number {
  return files + pinnedFiles;
}

function bytesOf({ bytes, pinnedBytes }: Cohort): number {
  return bytes + pinnedBytes;
}

/** Bytes by the first day that is not before the end of their grace. */
function trashByDay(trash: ForecastContext["trash"], now: Date): Map<number, number> {
  const byDay = new Map<number, number>();
  for (const { bytes, freedAt } of trash) {
    const day = Math.max(0, Math.ceil((freedAt.getTime() - now.getTime()) / DAY_MS));
    byDay.set(day, (byDay.get(day) ?? 0) + bytes);
  }
  return byDay;
}

function sum<T>(items: readonly T[], number: (item: T) => number): number {
  return items.reduce((total, item) => total + number(item), 0);
}
