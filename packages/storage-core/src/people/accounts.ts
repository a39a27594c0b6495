import { randomBytes } from "node:crypto";
import { PilabError } from "@pilab/schema";
import type { PilabContext } from "../context.ts";
import { dataOf } from "../supabase-error.ts";

/** What `record_account_change` knows. */
type AccountChange = "created" | "role_changed" | "password_set" | "removed" | "change_failed";

/** A password that nobody chose: 192 bits, which no dictionary holds and a file keeps. */
export function newPassword(): string {
  return randomBytes(24).toString("base64url");
}

/** Accounts are Auth's, which takes changes with the service key alone. */
export function needServiceKey(ctx: PilabContext, verb: string): void {
  if (ctx.session.kind === "service") return;
  throw new PilabError("forbidden", `${verb} needs the service key`, {
    hint: "It changes accounts. Pass { serviceKey } where the key may lie: on a server, after asking who wants it.",
  });
}

/** Writes a row of the audit log about an account. */
export async function recordAccountChange(
  ctx: PilabContext,
  accountId: string,
  change: AccountChange,
  details: Record<string, string | null> = {},
): Promise<void> {
  await ctx.call({ what: `recording that account ${accountId} is ${change}` }, async ({ signal }) => {
    const args = { account_id: accountId, change, details };
    dataOf(await ctx.supabase.rpc("record_account_change", args).abortSignal(signal));
  });
}

/**
 * Changes an account, recorded before: no change is without its row. When Auth then refuses, a second row says so.
 */
export async function changeAccount<T>(
  ctx: PilabContext,
  accountId: string,
  change: Exclude<AccountChange, "created" | "change_failed">,
  { details, work }: { details?: Record<string, string | null>; work: () => Promise<T> },
): Promise<T> {
  await recordAccountChange(ctx, accountId, change, details);
  try {
    return await work();
  } catch (error) {
    await recordAccountChange(ctx, accountId, "change_failed", { change }).catch((lost: unknown) => {
      ctx.logger?.warn({ accountId, change, err: lost }, "the audit log tells of a change that failed");
    });
    throw error;
  }
}

/** Gives an account a new password, which ends its sessions, and answers it. */
export async function setNewPassword(ctx: PilabContext, accountId: string): Promise<string> {
  const password = newPassword();
  await changeAccount(ctx, accountId, "password_set", {
    work: () =>
      ctx.call({ what: `setting the password of account ${accountId}` }, async () =>
        dataOf(await ctx.admin.updateUserById(accountId, { password })),
      ),
  });
  return password;
}
