import type { RetentionPolicy } from "@pilab/schema";

/** What is removed on one day; to come, these are averages, with fractions. */
export interface ForecastRemoval {
  /** Moved to the trash on this day. */
  removedFiles: number;
  removedBytes: number;
  /** Freed on this day, the grace of what was removed before having ended. */
  freedBytes: number;
}

/** What one policy would do. */
export interface PolicyForecast {
  policy: RetentionPolicy;
  /** By day, from 0. */
  days: ForecastRemoval[];
  /** The share of its captures that it removes on a usual day of the second half: what its brake should let pass. */
  steadyShare: number;
}

/** Books what a forecast finds that a policy removes. */
export class PolicyAccount {
  readonly policy: RetentionPolicy;
  readonly #days: ForecastRemoval[];
  readonly #coveredFiles: number[];

  constructor(policy: RetentionPolicy, days: number) {
    this.policy = policy;
    this.#days = Array.from({ length: days + 1 }, () => ({
      removedFiles: 0,
      removedBytes: 0,
      freedBytes: 0,
    }));
    this.#coveredFiles = new Array<number>(days + 1).fill(0);
  }

  /** Counts captures that it decides about on a day. */
  cover(day: number, files: number): void {
    this.#coveredFiles[day] = (this.#coveredFiles[day] ?? 0) + files;
  }

  /** Books a removal, and that its bytes are freed after the grace. */
  remove(day: number, files: number, bytes: number): void {
    const today = this.on(day);
    today.removedFiles += files;
    today.removedBytes += bytes;
    const freeing = this.#days[day + this.policy.grace_days];
    if (freeing) freeing.freedBytes += bytes;
  }

  /** What is booked on a day. */
  on(day: number): ForecastRemoval {
    return this.#days[day] as ForecastRemoval;
  }

  /** The policy's part of a forecast. */
  asForecast(): PolicyForecast {
    const shares = this.#days
      .map(({ removedFiles }, day) => removedFiles / Math.max(1, this.#coveredFiles[day] ?? 0))
      .slice(Math.ceil(this.#days.length / 2))
      .sort((a, b) => a - b);
    return {
      policy: this.policy,
      days: this.#days,
      steadyShare: shares[Math.floor(shares.length / 2)] ?? 0,
    };
  }
}
