import { randomUUID } from "node:crypto";
import type { TestSupabase } from "@pilab/testing";

/** Somebody who signs in. */
export interface Person {
  readonly email: string;
  readonly password: string;
}

/** Whom an account may be; null: somebody whom nobody has given a role. */
export type AccountRole = "viewer" | "operator" | "admin" | null;

/** Makes an account, past all that PiLab itself would ask. */
export async function makeAccount({ url, serviceRoleKey }: TestSupabase, role: AccountRole): Promise<Person> {
  const person = { email: `${randomUUID().slice(0, 8)}@lab.test`, password: randomUUID() };
  const answer = await fetch(`${url}/auth/v1/admin/users`, {
    method: "POST",
    headers: {
      apikey: serviceRoleKey,
      authorization: `Bearer ${serviceRoleKey}`,
      "content-type": "application/json",
    },
    body: JSON.stringify({
      ...person,
      email_confirm: true,
      app_metadata: role === null ? {} : { pilab_role: role },
    }),
  });
  if (!answer.ok) throw new Error(`no account: ${await answer.text()}`);
  return person;
}
