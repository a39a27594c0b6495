import { z } from "zod";

/** What a person may do; each includes those before it. */
export const ROLES = ["viewer", "operator", "admin"] as const;
/** See {@link ROLES}. */
export type Role = (typeof ROLES)[number];

/** Who is signed in, as the token says. */
export interface Identity {
  readonly userId: string;
  readonly email: string;
  /** null: signed in, and nobody gave a role yet. */
  readonly role: Role | null;
}

const claims = z.object({
  sub: z.string(),
  email: z.string().default(""),
  app_metadata: z.object({ pilab_role: z.unknown() }).partial().default({}),
});

/**
 * Reads a token without verifying it: for what a page shows. The database verifies it at each request; what acts with the
 * service key asks the server first (`verifiedIdentity`).
 */
export function identityOf(accessToken: string): Identity | undefined {
  try {
    const payload = Buffer.from(accessToken.split(".")[1] ?? "", "base64url").toString();
    const { sub, email, app_metadata } = claims.parse(JSON.parse(payload));
    return { userId: sub, email, role: roleOf(app_metadata.pilab_role) };
  } catch {
    return undefined; // no token of Supabase's
  }
}

/** A role by its name; null for any other value. */
export function roleOf(value: unknown): Role | null {
  return ROLES.find((role) => role === value) ?? null;
}

/** Whether a role includes another. */
export function mayAct(role: Role | null, needed: Role): boolean {
  return role !== null && ROLES.indexOf(role) >= ROLES.indexOf(needed);
}
