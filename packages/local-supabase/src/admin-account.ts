import { randomBytes } from "node:crypto";
import type { Users } from "./auth/users.ts";
import type { Engine } from "./engine.ts";

/** The first account, which can make the others. */
export const ADMIN_EMAIL = "admin@pilab.local";

/** Makes the admin account when the database has no account at all. The password is given once and stored nowhere. */
export async function ensureAdminAccount(
  engine: Engine,
  users: Users,
): Promise<{ email: string; password: string | null }> {
  const { rows } = await engine.transaction((tx) => tx.query("select from auth.users limit 1"));
  if (rows.length > 0) return { email: ADMIN_EMAIL, password: null };
  const password = randomBytes(15).toString("base64url");
  await users.create({
    email: ADMIN_EMAIL,
    password,
    email_confirm: true,
    app_metadata: { pilab_role: "admin" },
  });
  return { email: ADMIN_EMAIL, password };
}
