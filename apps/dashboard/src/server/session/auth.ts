import "server-only";
import { ERRORS, isPilabError } from "@pilab/schema";
import { createPilabAuth, type PilabAuth } from "@pilab/storage-core";
import { env } from "../../env.ts";
import { roleOf } from "../../lib/role.ts";
import { once } from "../once.ts";
import { type KeptSession, keptSession, usableForMs } from "./cookies.ts";
import { claimsOf, type Identity } from "./identity.ts";
import { isOutdated } from "./outdated.ts";

// A browser's requests leave at once, all with the old cookies: those that come after the renewal get what it gave.
const RENEWAL_HOLDS_MS = 30_000;
const VERIFIED_HOLDS_MS = 30_000;

/** The project's Auth. */
export function auth(): PilabAuth {
  return once("auth", () => createPilabAuth({ url: env().supabase.url, key: env().supabase.anonKey }));
}

const renewals = () => once("renewals", () => new Map<string, Promise<KeptSession | undefined>>());

/**
 * The session to go on with: this one, or its successor when its token is about to run out or says what is no more; undefined when Supabase refuses
 * to renew it. When Supabase cannot be reached the old one is kept: nobody is signed out by a bad network.
 */
export async function freshSession(session: KeptSession, now = Date.now()): Promise<KeptSession | undefined> {
  if (now < session.usableUntilMs && !isOutdated(session.accessToken)) return session;
  return await renewOnce(session);
}

/**
 * As {@link freshSession}, with nearly a whole token's life before it, for work that is long and keeps the token it began
 * with. A refusal to renew while the token is good ends nothing yet.
 */
export async function longSession(session: KeptSession, now = Date.now()): Promise<KeptSession | undefined> {
  const fresh = await freshSession(session, now);
  if (fresh !== session || isYoung(session, now)) return fresh;
  return (await renewOnce(session)) ?? session;
}

async function renewOnce(session: KeptSession): Promise<KeptSession | undefined> {
  const running = renewals();
  const key = session.refreshToken;
  let renewal = running.get(key);
  if (renewal === undefined) {
    renewal = renew(session);
    running.set(key, renewal);
    setTimeout(() => running.delete(key), RENEWAL_HOLDS_MS).unref();
  }
  return await renewal;
}

/** Whether no more than a tenth of its time is over. */
function isYoung({ accessToken, usableUntilMs }: KeptSession, now: number): boolean {
  const { iat = 0, exp = 0 } = claimsOf(accessToken) ?? {};
  return usableUntilMs - now >= 0.9 * usableForMs(exp - iat);
}

async function renew(session: KeptSession): Promise<KeptSession | undefined> {
  try {
    return keptSession(await auth().refresh(session.refreshToken));
  } catch (error) {
    if (isPilabError(error) && !ERRORS[error.code].retryable) return undefined;
    return session;
  }
}

const verified = () => once("verified", () => new Map<string, Promise<Identity>>());

/** Who a token belongs to, on the server's word of at most half a minute ago. Throws `not_signed_in`. */
export function verifiedIdentity(accessToken: string): Promise<Identity> {
  const known = verified();
  let answer = known.get(accessToken);
  if (answer === undefined) {
    answer = auth()
      .account(accessToken)
      .then(({ id, email, app_metadata }) => ({
        userId: id,
        email: email ?? "",
        role: roleOf(app_metadata.pilab_role),
      }));
    known.set(accessToken, answer);
    const forget = () => known.delete(accessToken);
    answer.catch(forget);
    setTimeout(forget, VERIFIED_HOLDS_MS).unref();
  }
  return answer;
}
