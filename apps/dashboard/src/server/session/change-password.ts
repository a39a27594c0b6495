import "server-only";
import { isPilabError } from "@pilab/schema";
import { logger } from "../logger.ts";
import { once } from "../once.ts";
import { auth } from "./auth.ts";
import { type KeptSession, keptSession } from "./cookies.ts";
import { claimsOf, type Identity } from "./identity.ts";
import { accountChanged } from "./outdated.ts";
import { createRateLimit } from "./rate-limit.ts";

/** Of a password that a person chooses. Supabase may ask for more. */
export const SHORTEST_PASSWORD = 10;
/** Bytes; what is beyond them, Supabase's hash would not see. */
const LONGEST_PASSWORD = 72;

/** What a person types. */
export interface PasswordChange {
  readonly currentPassword: string;
  readonly newPassword: string;
}

/** How it went: the session to go on with, or why not, and in which field. */
export type PasswordChanged =
  | { readonly session: KeptSession; readonly othersEnded: boolean }
  | { readonly field: "current" | "new" | null; readonly message: string };

// Who finds a browser signed in must not find the password, too.
const limit = () => once("password-limit", () => createRateLimit({ limit: 5, windowMs: 5 * 60_000 }));

/** Changes a person's own password, as Supabase Auth does for who can sign in with the present one; all other sessions end. */
export async function changePassword(
  { userId, email }: Identity,
  { currentPassword, newPassword }: PasswordChange,
): Promise<PasswordChanged> {
  const fault = faultOf(currentPassword, newPassword);
  if (fault !== undefined) return { field: "new", message: fault };
  if (limit().take(userId) > 0)
    return { field: "current", message: "Too many attempts. Try again in a few minutes." };
  let session: KeptSession;
  try {
    session = keptSession(await auth().signIn(email, currentPassword));
  } catch (error) {
    if (!isPilabError(error) || error.code !== "not_signed_in") limit().giveBack(userId);
    return notSignedIn(error);
  }
  limit().forgive(userId);
  const { accessToken } = session;
  try {
    await auth().setPassword(accessToken, newPassword);
  } catch (error) {
    await auth()
      .signOut(accessToken)
      .catch(() => {}); // it runs out
    return notSet(error);
  }
  const othersEnded = await auth()
    .signOut(accessToken, "others")
    .then(
      () => true,
      (error: unknown) => {
        logger().warn({ err: error }, "a password was changed, and other sessions were not ended");
        return false;
      },
    );
  // Here what was signed before is asked of Supabase again at once; the token is as old as its sign-in, a moment ago.
  accountChanged(userId, (claimsOf(accessToken)?.iat ?? 0) * 1000 - Date.now());
  return { session, othersEnded };
}

function faultOf(current: string, next: string): string | undefined {
  if (next.length < SHORTEST_PASSWORD) return `At least ${SHORTEST_PASSWORD} characters.`;
  if (Buffer.byteLength(next) > LONGEST_PASSWORD) return `At most ${LONGEST_PASSWORD} bytes.`;
  if (next === current) return "This is the one that you have.";
  return undefined;
}

function notSignedIn(error: unknown): PasswordChanged {
  const code = isPilabError(error) ? error.code : "internal";
  if (code === "not_signed_in" || code === "invalid_input" || code === "forbidden")
    return { field: "current", message: "This is not your password." };
  if (code === "rate_limited")
    return { field: "current", message: "Too many attempts. Try again in a few minutes." };
  logger().warn({ err: error }, "a password could not be changed");
  return { field: null, message: "Supabase does not answer: nothing is changed. Try again." };
}

function notSet(error: unknown): PasswordChanged {
  logger().warn({ err: error }, "a password could not be changed");
  if (isPilabError(error) && error.details?.changed === false) {
    const message = "Supabase could not note it in the audit log, so nothing is changed. Try again.";
    return { field: null, message };
  }
  if (isPilabError(error) && error.code === "invalid_input") {
    const why = error.cause instanceof Error ? error.cause.message : error.message;
    return { field: "new", message: `Supabase does not take it: ${why}` };
  }
  return {
    field: null,
    message: "Supabase did not answer: which password holds is not known. Try the new one, then the old one.",
  };
}
