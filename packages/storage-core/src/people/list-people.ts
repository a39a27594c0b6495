import type { PilabContext } from "../context.ts";
import { dataOf, parsed } from "../supabase-error.ts";
import { needServiceKey } from "./accounts.ts";
import { authUser, type Person } from "./person.ts";

const PER_PAGE = 1000;

/** All accounts but the devices', by address. With the service key only. */
export async function listPeople(ctx: PilabContext, signal?: AbortSignal): Promise<Person[]> {
  needServiceKey(ctx, "people.list");
  const what = "listing accounts";
  const devices = await deviceAccounts(ctx, signal);
  const people: Person[] = [];
  for (let page = 1; ; page += 1) {
    const users = await ctx.call(
      { what },
      async () => {
        const answer = dataOf(await ctx.admin.listUsers({ page, perPage: PER_PAGE }));
        return parsed(authUser.array(), answer.users, what);
      },
      { signal },
    );
    people.push(...users.filter(({ id }) => !devices.has(id)));
    // A server may give fewer a page than it was asked for.
    if (users.length === 0) break;
  }
  return people.toSorted((a, b) => a.email.localeCompare(b.email, "en"));
}

/** Which accounts are devices. */
async function deviceAccounts(ctx: PilabContext, signal?: AbortSignal): Promise<Set<string>> {
  const accounts = new Set<string>();
  for (let after = ""; ; ) {
    const rows = await ctx.call(
      { what: "telling devices from people" },
      async (attempt) => {
        const query = ctx.supabase.from("devices").select("slug, user_id").gt("slug", after);
        return dataOf(await query.order("slug").limit(PER_PAGE).abortSignal(attempt.signal));
      },
      { signal },
    );
    const last = rows.at(-1);
    if (last === undefined) return accounts;
    for (const { user_id } of rows) if (user_id !== null) accounts.add(user_id);
    after = last.slug;
  }
}
