import { PilabError } from "@pilab/schema";
import { z } from "zod";
import type { PilabContext } from "../context.ts";
import { dataOf, parsed } from "../supabase-error.ts";
import {
  changeAccount,
  needServiceKey,
  newPassword,
  recordAccountChange,
  setNewPassword,
} from "./accounts.ts";
import { listPeople } from "./list-people.ts";
import { authUser, type Person, type PersonRole, personRole } from "./person.ts";

const newPerson = z.strictObject({ email: z.email().max(255).toLowerCase(), role: personRole });

/** Who is to get an account. */
export type NewPerson = z.input<typeof newPerson>;

/** An account and the password that it signs in with, which is shown here once and stored nowhere else. */
export interface CreatedPerson {
  readonly person: Person;
  readonly password: string;
}

/** Makes an account with a role. No mail is sent, so that it works without SMTP. With the service key only. */
export async function createPerson(ctx: PilabContext, input: NewPerson): Promise<CreatedPerson> {
  needServiceKey(ctx, "people.create");
  const { data, error } = newPerson.safeParse(input);
  if (error) throw new PilabError("invalid_input", `people.create: ${z.prettifyError(error)}`);
  const { email, role } = data;
  const password = newPassword();
  const what = `making an account for ${email}`;
  const hints = {
    already_exists: "There is one with this address: change its role, or give it a new password.",
  };
  const person = await ctx.call({ what, hints }, async () => {
    const input = { email, password, email_confirm: true, app_metadata: { pilab_role: role } };
    return parsed(authUser, dataOf(await ctx.admin.createUser(input)).user, what);
  });
  try {
    await recordAccountChange(ctx, person.id, "created", { email, role });
  } catch (failure) {
    // Its id is Auth's to choose, so this one row comes after the change, and without the row there is no change.
    await deleteAccount(ctx, person.id);
    throw failure;
  }
  return { person, password };
}

/**
 * Gives an account another role. Its tokens say the old one until they are renewed, an hour at most. The last admin stays
 * one: `conflict`. With the service key only.
 */
export async function setPersonRole(ctx: PilabContext, id: string, role: PersonRole): Promise<Person> {
  const person = await theirs(ctx, "people.setRole", id, { losesAdmin: role !== "admin" });
  if (person.role === role) return person;
  const what = `changing the role of ${person.email}`;
  return await changeAccount(ctx, id, "role_changed", {
    details: { email: person.email, from: person.role, to: role },
    work: () =>
      ctx.call({ what }, async () => {
        const changed = { app_metadata: { pilab_role: role } };
        return parsed(authUser, dataOf(await ctx.admin.updateUserById(id, changed)).user, what);
      }),
  });
}

/** Gives an account a new password, shown here once, and ends its sessions. With the service key only. */
export async function setPersonPassword(ctx: PilabContext, id: string): Promise<CreatedPerson> {
  const person = await theirs(ctx, "people.setPassword", id);
  return { person, password: await setNewPassword(ctx, id) };
}

/** Removes an account, but the last admin's. A token that it holds works until it runs out, an hour at most. */
export async function removePerson(ctx: PilabContext, id: string): Promise<void> {
  const { email, role } = await theirs(ctx, "people.remove", id, { losesAdmin: true });
  await changeAccount(ctx, id, "removed", { details: { email, role }, work: () => deleteAccount(ctx, id) });
}

/** The account, which must be there and no device's; one that goes on without the last admin is refused. */
async function theirs(
  ctx: PilabContext,
  verb: string,
  id: string,
  { losesAdmin = false } = {},
): Promise<Person> {
  needServiceKey(ctx, verb);
  const people = await listPeople(ctx);
  const person = people.find((each) => each.id === id);
  if (!person) {
    throw new PilabError("not_found", `There is no account ${id} of a person or a program`, {
      hint: "It may have been removed meanwhile. A device's account is the device's: retire that.",
    });
  }
  const admins = people.filter(({ role }) => role === "admin");
  if (losesAdmin && person.role === "admin" && admins.length === 1) {
    throw new PilabError("conflict", `${person.email} is the last admin`, {
      hint: "Make somebody else an admin first: without one nobody can manage devices and people.",
    });
  }
  return person;
}

async function deleteAccount(ctx: PilabContext, id: string): Promise<void> {
  await ctx.call({ what: `removing account ${id}` }, async () => dataOf(await ctx.admin.deleteUser(id)));
}
