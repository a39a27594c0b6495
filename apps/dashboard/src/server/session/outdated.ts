import "server-only";
import { once } from "../once.ts";
import { claimsOf } from "./identity.ts";

// The server's clock is known to a second, and tokens tell their time in whole ones.
const MARGIN_MS = 2000;

const changed = () => once("changed-accounts", () => new Map<string, number>());

/**
 * Remembers that an account was changed here: sessions that were signed before are renewed at their next request, so that
 * a new role, a new password or a removal takes effect at once and not when the token runs out.
 */
export function accountChanged(userId: string, clockOffsetMs: number | undefined, now = Date.now()): void {
  changed().set(userId, now + (clockOffsetMs ?? 0) + MARGIN_MS);
}

/** Whether a token was signed before its account was changed. */
export function isOutdated(accessToken: string): boolean {
  if (changed().size === 0) return false;
  const claims = claimsOf(accessToken);
  return claims !== undefined && claims.iat * 1000 < (changed().get(claims.sub) ?? 0);
}
