"use server";
import { isPilabError } from "@pilab/schema";
import { headers } from "next/headers";
import { redirect } from "next/navigation";
import { logger } from "../../server/logger.ts";
import { auth } from "../../server/session/auth.ts";
import { keptSession } from "../../server/session/cookies.ts";
import { keep } from "../../server/session/current.ts";
import { safePath } from "../../server/session/safe-path.ts";
import { addressOf, signInGuard } from "../../server/session/sign-in-guard.ts";

/** What the form shows after a sign-in that failed. */
export interface SignInState {
  readonly email: string;
  readonly message?: string;
}

/** Signs in and goes on to the page that was asked for. */
export async function signIn(_before: SignInState, form: FormData): Promise<SignInState> {
  const email = String(form.get("email") ?? "").trim();
  const password = String(form.get("password") ?? "");
  if (email === "" || password === "")
    return { email, message: "Enter your e-mail address and your password." };

  const attempt = { account: email, address: addressOf(await headers()) };
  const waitMs = signInGuard().take(attempt);
  if (waitMs > 0) {
    const minutes = Math.ceil(waitMs / 60_000);
    return {
      email,
      message: `Too many attempts. Try again in ${minutes} ${minutes === 1 ? "minute" : "minutes"}.`,
    };
  }
  try {
    const session = keptSession(await auth().signIn(email, password));
    signInGuard().succeeded(attempt);
    await keep(session);
  } catch (error) {
    const { message, isWrong } = wordsFor(error);
    if (!isWrong) signInGuard().undecided(attempt);
    return { email, message };
  }
  redirect(safePath(form.get("next")));
}

/** The same words for a wrong password and for nobody of that name: which accounts exist is not told. */
function wordsFor(error: unknown): { message: string; isWrong: boolean } {
  const code = isPilabError(error) ? error.code : "internal";
  if (code === "not_signed_in" || code === "invalid_input" || code === "forbidden") {
    return { message: "That e-mail address and password do not belong together.", isWrong: true };
  }
  if (code === "rate_limited")
    return { message: "Too many attempts. Try again in a few minutes.", isWrong: true };
  logger().warn({ err: error }, "a sign-in failed for a reason of ours");
  const message =
    "Supabase does not answer, so nobody can sign in now. Try again; /api/health says what is away.";
  return { message, isWrong: false };
}
