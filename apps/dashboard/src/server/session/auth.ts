import "server-only";
import { ERRORS, isPilabError } from "@pilab/schema";
import { createPilabAuth, type PilabAuth } from "@pilab/storage-core";
import { env } from "../../env.ts";
import { once } from "../once.ts";
import { type KeptSession, keptSession } from "./cookies.ts";
import { type Identity, roleOf } from "./identity.ts";
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
