"use server";
import { changePassword } from "../../../server/session/change-password.ts";
import { current, keep } from "../../../server/session/current.ts";

/** What the form shows after it was sent. */
export interface PasswordState {
  readonly field: "current" | "new" | null;
  readonly message: string;
  readonly done: boolean;
}

/** Changes the password of who is signed in, and goes on in this browser. */
export async function changeOwnPassword(_before: PasswordState, form: FormData): Promise<PasswordState> {
  const who = await current();
  if (!who) return { field: null, message: "Your session has ended. Sign in again.", done: false };
  const changed = await changePassword(who.identity, {
    currentPassword: String(form.get("current") ?? ""),
    newPassword: String(form.get("new") ?? ""),
  });
  if ("message" in changed) return { ...changed, done: false };
  await keep(changed.session);
  const message = changed.othersEnded
    ? "Your password is changed. You are signed out everywhere else."
    : "Your password is changed. Supabase did not say whether you are signed out elsewhere.";
  return { field: null, message, done: true };
}
