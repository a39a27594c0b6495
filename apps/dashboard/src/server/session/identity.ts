import { z } from "zod";
import { type Role, roleOf } from "../../lib/role.ts";

/** Who is signed in, as the token says. */
export interface Identity {
  readonly userId: string;
  readonly email: string;
  /** null: signed in, and nobody gave a role yet. */
  readonly role: Role | null;
}

const claims = z.object({
  sub: z.string(),
  iat: z.number().default(0),
  exp: z.number().default(0),
  email: z.string().default(""),
  app_metadata: z.object({ pilab_role: z.unknown() }).partial().default({}),
});

/**
 * Reads a token without verifying it: for what a page shows. The database verifies it at each request; what acts with the
 * service key asks the server first (`verifiedIdentity`).
 */
export function identityOf(accessToken: string): Identity | undefined {
  const known = claimsOf(accessToken);
  return known && { userId: known.sub, email: known.email, role: roleOf(known.app_metadata.pilab_role) };
}

/** What a token says, not verified either; undefined: it is none of Supabase's. */
export function claimsOf(accessToken: string): z.output<typeof claims> | undefined {
  try {
    return claims.parse(JSON.parse(Buffer.from(accessToken.split(".")[1] ?? "", "base64url").toString()));
  } catch {
    return undefined;
  }
}
