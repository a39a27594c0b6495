import { z } from "zod";
import { ROLES } from "./roles.ts";

/** See {@link ROLES}. */
export const personRole = z.enum(ROLES);
/** See {@link personRole}. */
export type PersonRole = z.infer<typeof personRole>;

/** Where no mail can go: a program's account has an address because Auth wants one. */
const PROGRAMS = "@programs.pilab.invalid";

/** An account that is no device's. */
export interface Person {
  readonly id: string;
  readonly email: string;
  /** null: it may sign in, and sees nothing. */
  readonly role: PersonRole | null;
  /** A program's, made by {@link programEmail}. */
  readonly program: boolean;
  readonly created_at: string;
  /** null: never. */
  readonly last_sign_in_at: string | null;
}

/** The address of a program's account: `grafana` → `grafana@programs.pilab.invalid`. */
export function programEmail(name: string): string {
  return `${name}${PROGRAMS}`;
}

/** An account as Auth answers it, as far as it matters here. */
export const authUser = z
  .object({
    id: z.string(),
    email: z.string().nullish(),
    app_metadata: z.record(z.string(), z.unknown()).nullish(),
    created_at: z.string(),
    last_sign_in_at: z.string().nullish(),
  })
  .transform(
    ({ id, email, app_metadata, created_at, last_sign_in_at }): Person => ({
      id,
      email: email ?? "",
      role: personRole.safeParse(app_metadata?.pilab_role).data ?? null,
      program: email?.endsWith(PROGRAMS) ?? false,
      created_at,
      last_sign_in_at: last_sign_in_at ?? null,
    }),
  );
