"use server";
import { isPilabError } from "@pilab/schema";
import { redirect } from "next/navigation";
import { logger } from "../../server/logger.ts";
import { once } from "../../server/once.ts";
import { auth } from "../../server/session/auth.ts";
import { keptSession } from "../../server/session/cookies.ts";
import { keep } from "../../server/session/current.ts";
import { createRateLimit } from "../../server/session/rate-limit.ts";
import { safePath } from "../../server/session/safe-path.ts";

/** What the form shows after a sign-in that failed. */
export interface SignInState {
  readonly email: string;
  readonly message?: string;
}

// By account, as addresses of clients are easily changed; and all together, against many accounts tried from one place.
const limits = () =>
  once("sign-in-limits", () => ({
    account: createRateLimit({ limit: 10, windowMs: 5 * 60_000 }),
    all: createRateLimit({ limit: 100, windowMs: 60_000 }),
  }));

/** Signs in and goes on to the page that was asked for. */
export async function signIn(_before: SignInState, form: FormData): Promise<SignInState> {
  const email = String(form.get("email") ?? "").trim();
  const password = String(form.get("password") ?? "");
  if (email === "" || password === "")
    return { email, message: "Enter your e-mail address and your password." };

  const account = email.toLowerCase();
  const waitMs = Math.max(limits().account.take(account), limits().all.take("all"));
  if (waitMs > 0) {
    const minutes = Math.ceil(waitMs / 60_000);
    return {
      email,
      message: `Too many attempts. Try again in ${minutes} ${minutes === 1 ? "minute" : "minutes"}.`,
    };
  }
  try {
    const session = keptSession(await auth().signIn(email, password));
    limits().account.forgive(account);
    await keep(session);
  } catch (error) {
    return { email, message: wordsFor(error) };
  }
  redirect(safePath(form.get("next")));
}

/** The same words for a wrong password and for nobody of that name: which accounts exist is not told. */
function wordsFor(error: unknown): string {
  const code = isPilabError(error) ? error.code : "internal";
  if (code === "not_signed_in" || code === "invalid_input" || code === "forbidden") {
    return "That e-mail address and password do not belong together.";
  }
  if (code === "rate_limited") return "Too many attempts. Try again in a few minutes.";
  logger().warn({ err: error }, "a sign-in failed for a reason of ours");
  return "Supabase does not answer, so nobody can sign in now. Try again; /api/health says what is away.";
}
