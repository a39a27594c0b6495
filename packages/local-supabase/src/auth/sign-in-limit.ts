/** Options of {@link createSignInLimit}. */
export interface SignInLimitOptions {
  /** Failed attempts an account may have in one window. Default 10. */
  maxFailures?: number;
  /** Length of the window, from its first failure, in milliseconds. Default five minutes. */
  windowMs?: number;
  now?: () => number;
}

/** Counts failed sign-ins per account. */
export interface SignInLimit {
  /**
   * Takes one attempt. It counts as failed until `succeeded` is called, so that attempts at once cannot slip through.
   * @returns 0 when it may go on, else how long to wait, in milliseconds
   */
  attempt(account: string): number;
  succeeded(account: string): void;
}

// Guessing at many accounts must not fill the memory; the oldest windows are the next to end anyway.
const ACCOUNTS_MAX = 10_000;

/** Makes a limit that lives in this process: a restart forgets it, which costs an attacker a restart. */
export function createSignInLimit({
  maxFailures = 10,
  windowMs = 300_000,
  now = Date.now,
}: SignInLimitOptions = {}): SignInLimit {
  const windows = new Map<string, { attempts: number; endsAt: number }>();
  return {
    attempt(account) {
      const window = windows.get(account);
      if (!window || window.endsAt <= now()) {
        windows.delete(account);
        windows.set(account, { attempts: 1, endsAt: now() + windowMs });
        if (windows.size > ACCOUNTS_MAX) windows.delete(windows.keys().next().value as string);
        return 0;
      }
      if (window.attempts >= maxFailures) return window.endsAt - now();
      window.attempts += 1;
      return 0;
    },
    succeeded(account) {
      windows.delete(account);
    },
  };
}
