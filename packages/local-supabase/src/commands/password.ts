import { randomBytes } from "node:crypto";
import { PilabError } from "@pilab/schema";
import { readKeys } from "../data-dir.ts";
import { whoRuns } from "../lock.ts";
import { commandFor, type Io } from "./io.ts";

/** `pilab-local password`: gives an account of the running server a new password, and prints it. */
export async function password(
  { dataDir, email }: { dataDir: string; email: string },
  io: Io,
): Promise<void> {
  const [keys, owner] = await Promise.all([readKeys(dataDir), whoRuns(dataDir)]);
  if (keys === undefined || owner?.url === undefined) {
    throw new PilabError("network", `No server runs on ${dataDir}`, {
      hint: `Start it first: ${commandFor("start", dataDir)}`,
    });
  }
  const users = `${owner.url}/auth/v1/admin/users`;
  const { serviceRoleKey } = keys;
  const headers = {
    apikey: serviceRoleKey,
    authorization: `Bearer ${serviceRoleKey}`,
    "content-type": "application/json",
  };
  const user = await findUser(users, headers, email);
  const fresh = randomBytes(15).toString("base64url");
  const response = await fetch(`${users}/${user.id}`, {
    method: "PUT",
    headers,
    body: JSON.stringify({ password: fresh }),
  });
  if (!response.ok)
    throw new PilabError("server_error", `The password was not changed: ${await response.text()}`);
  io.out(`${email} now signs in with the password ${fresh}`);
}

const PAGE = 200;

async function findUser(
  users: string,
  headers: Record<string, string>,
  email: string,
): Promise<{ id: string }> {
  for (let page = 1; ; page += 1) {
    const response = await fetch(`${users}?page=${page}&per_page=${PAGE}`, { headers });
    if (!response.ok)
      throw new PilabError("server_error", `The accounts cannot be read: ${await response.text()}`);
    const { users: found } = (await response.json()) as { users: { id: string; email: string }[] };
    const user = found.find((one) => one.email.toLowerCase() === email.toLowerCase());
    if (user) return user;
    if (found.length < PAGE) throw new PilabError("not_found", `There is no account ${email}`);
  }
}
