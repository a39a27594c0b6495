import { ERRORS, isPilabError, PilabError } from "@pilab/schema";

/** Whose rights requests carry. Exactly one of: a device's or user's password, a token made elsewhere, the service key. */
export type Credentials =
  | { readonly email: string; readonly password: string }
  | { readonly accessToken: string | (() => Promise<string>) }
  | { readonly serviceKey: string };

/** A fresh token and how long it lasts. */
export interface SignedIn {
  readonly accessToken: string;
  readonly expiresInS: number;
  readonly refreshToken: string;
}

/**
 * Keeps an account's refresh token over restarts of the process. It is a secret, though one that can be revoked. It
 * belongs to the account that it was kept for: another's must not be given out.
 */
export interface SessionStore {
  load(account: string): string | undefined;
  save(account: string, refreshToken: string | undefined): void;
}

/** Keeps one valid access token. */
export interface Session {
  readonly kind: "account" | "token" | "service";
  /** The present token; signs in first when there is none or it is about to expire. Waits no longer than `signal`. */
  token(signal?: AbortSignal): Promise<string>;
  /** The present token, if there is one. */
  current(): string | null;
  /** Signs in again: the server called the present token bad. Callers at the same time share one sign-in. */
  renew(signal?: AbortSignal): Promise<void>;
}

/** What {@link createSession} needs from outside. */
export interface SessionOptions {
  readonly credentials: Credentials;
  readonly signIn: (email: string, password: string) => Promise<SignedIn>;
  readonly refresh: (refreshToken: string) => Promise<SignedIn>;
  /** With it tokens are renewed by refresh token while that is good; without it, by the password each time. */
  readonly store?: SessionStore | undefined;
  /** Where the account is; with its e-mail it names the account to the store. */
  readonly url?: string | undefined;
  /** A number in [0, 1): tokens are renewed up to a tenth of their life earlier, so that a lab that started as one spreads. */
  readonly random?: (() => number) | undefined;
  /** A clock in milliseconds that never jumps: a Pi's time of day is set after boot. */
  readonly now?: () => number;
}

// A token is not used in its last minute, so that no request outlives it on the way.
const EXPIRY_MARGIN_MS = 60_000;

// The share of a token's life by which its renewal may come early.
const SPREAD = 0.1;

// Requests that left with the old token are refused one after the other; the first of them has renewed it for all.
const RENEWAL_HOLDS_MS = 5000;

/**
 * Without a store it signs in with the password each time a token runs out: one path, nothing to keep. With one it uses
 * the refresh token that lies there; one that is refused (revoked, or used up by a crash before its successor was kept)
 * is dropped for the password.
 */
export function createSession(options: SessionOptions): Session {
  const session = openSession(options);
  return {
    ...session,
    token: (signal) => unlessAborted(session.token(), signal),
    renew: (signal) => unlessAborted(session.renew(), signal),
  };
}

/** A sign-in is shared, so one caller's signal ends that caller's wait and not the sign-in. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}

function openSession({
  credentials,
  signIn,
  refresh,
  store,
  url = "",
  random = () => 0,
  now = () => performance.now(),
}: SessionOptions): Session {
  if ("serviceKey" in credentials) {
    const { serviceKey } = credentials;
    return {
      kind: "service",
      token: async () => serviceKey,
      current: () => serviceKey,
      renew: () =>
        Promise.reject(new PilabError("not_signed_in", "The service key was refused", { hint: KEY_HINT })),
    };
  }
  if ("accessToken" in credentials) return tokenSession(credentials.accessToken);

  const { email, password } = credentials;
  const account = `${email} at ${url}`;
  let present: { accessToken: string; usableUntilMs: number } | undefined;
  let signingIn: Promise<void> | undefined;
  let renewedAtMs = Number.NEGATIVE_INFINITY;

  async function obtain(): Promise<SignedIn> {
    const kept = store?.load(account);
    if (kept !== undefined) {
      try {
        return await refresh(kept);
      } catch (error) {
        if (!isPilabError(error) || error.code === "aborted" || ERRORS[error.code].retryable) throw error;
        store?.save(account, undefined);
      }
    }
    return await signIn(email, password);
  }

  function signInOnce(): Promise<void> {
    signingIn ??= obtain()
      .then(({ accessToken, expiresInS, refreshToken }) => {
        store?.save(account, refreshToken);
        const lifeMs = expiresInS * 1000;
        const marginMs = Math.min(EXPIRY_MARGIN_MS, lifeMs / 2) + lifeMs * SPREAD * random();
        present = { accessToken, usableUntilMs: now() + lifeMs - marginMs };
      })
      .finally(() => {
        signingIn = undefined;
      });
    return signingIn;
  }

  return {
    kind: "account",
    async token() {
      if (present === undefined || now() >= present.usableUntilMs) await signInOnce();
      return (present as { accessToken: string }).accessToken;
    },
    current: () => present?.accessToken ?? null,
    async renew() {
      if (now() - renewedAtMs < RENEWAL_HOLDS_MS) return;
      await signInOnce();
      renewedAtMs = now();
    },
  };
}

const KEY_HINT =
  "Check SUPABASE_SERVICE_ROLE_KEY (or SUPABASE_SECRET_KEY) and that it belongs to SUPABASE_URL.";

function tokenSession(source: string | (() => Promise<string>)): Session {
  if (typeof source === "function") {
    let last: string | null = null;
    const token = async () => {
      last = await source();
      return last;
    };
    return { kind: "token", token, current: () => last, renew: async () => {} };
  }
  return {
    kind: "token",
    token: async () => source,
    current: () => source,
    renew: () =>
      Promise.reject(
        new PilabError("not_signed_in", "The access token was refused and cannot be renewed here", {
          hint: "Pass accessToken as a function that fetches a fresh one, or an e-mail and password.",
        }),
      ),
  };
}
