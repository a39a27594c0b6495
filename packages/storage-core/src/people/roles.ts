/** What a person may do; each includes those before it. */
export const ROLES = ["viewer", "operator", "admin"] as const;
