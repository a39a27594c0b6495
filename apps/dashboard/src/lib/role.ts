import { ROLES } from "@pilab/storage-core/words";

export { ROLES };
/** See {@link ROLES}. */
export type Role = (typeof ROLES)[number];

/** A role by its name; null for any other value. */
export function roleOf(value: unknown): Role | null {
  return ROLES.find((role) => role === value) ?? null;
}

/** Whether a role includes another. */
export function mayAct(role: Role | null, needed: Role): boolean {
  return role !== null && ROLES.indexOf(role) >= ROLES.indexOf(needed);
}
