import { once } from "../once.ts";
import { createRateLimit } from "./rate-limit.ts";

/** Who tries to sign in as whom. */
export interface Attempt {
  /** An e-mail address. */
  readonly account: string;
  /** Where the attempt comes from. */
  readonly address: string;
}

/** Keeps guessing out without letting who guesses shut others out. */
export interface SignInGuard {
  /** Counts an attempt as failed until one of the next two says otherwise; 0 when it may go on, else the milliseconds to wait. */
  take(attempt: Attempt): number;
  /** The password was right: the account's place is known from now on. */
  succeeded(attempt: Attempt): void;
  /** Nobody could say whether it was right. */
  undecided(attempt: Attempt): void;
  /** An account has a session there: it signed in from this place once. */
  seen(attempt: Attempt): void;
}

const WINDOW_MS = 5 * 60_000;
/** Fewer than the ten by which local-supabase locks an account, so that strangers leave some to who belongs there. */
const STRANGERS = 8;
const FAMILIAR = 10;
/** Against many accounts tried from one place; people of a lab may share an address. */
const ADDRESS = 50;
const MOST_PLACES = 10_000;

/**
 * Makes one; it lives in this process. An account has one budget for each place where it signed in before, and one for all
 * other places together: guesses from anywhere stay few, and do not count where the account is at home.
 */
export function createSignInGuard(now: () => number = Date.now): SignInGuard {
  const limit = (attempts: number) => createRateLimit({ limit: attempts, windowMs: WINDOW_MS, now });
  const [strangers, familiar, addresses] = [limit(STRANGERS), limit(FAMILIAR), limit(ADDRESS)];
  const places = new Set<string>();
  const placeOf = ({ account, address }: Attempt) =>
    `${address.slice(0, 64)} ${account.toLowerCase().slice(0, 180)}`;
  const budgetOf = (attempt: Attempt) => {
    const place = placeOf(attempt);
    return places.has(place)
      ? { limit: familiar, key: place }
      : { limit: strangers, key: attempt.account.toLowerCase() };
  };
  const seen = (attempt: Attempt) => {
    const place = placeOf(attempt);
    // The last seen stays longest.
    places.delete(place);
    places.add(place);
    if (places.size > MOST_PLACES) places.delete(places.values().next().value as string);
  };

  return {
    seen,
    take(attempt) {
      const waitMs = addresses.take(attempt.address);
      if (waitMs > 0) return waitMs;
      const { limit, key } = budgetOf(attempt);
      return limit.take(key);
    },
    succeeded(attempt) {
      const { limit, key } = budgetOf(attempt);
      limit.forgive(key);
      // Not forgotten: an account of one's own would buy guesses at others.
      addresses.giveBack(attempt.address);
      seen(attempt);
    },
    undecided(attempt) {
      const { limit, key } = budgetOf(attempt);
      limit.giveBack(key);
      addresses.giveBack(attempt.address);
    },
  };
}

/** The process's one. */
export function signInGuard(): SignInGuard {
  return once("sign-in-guard", () => createSignInGuard());
}

/**
 * Where a request comes from. Next.js puts the peer's address into x-forwarded-for, and a proxy adds its client's at the end:
 * what stands before is anybody's word.
 */
export function addressOf(headers: Headers): string {
  return headers.get("x-forwarded-for")?.split(",").at(-1)?.trim() ?? "";
}
