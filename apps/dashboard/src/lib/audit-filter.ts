import { isInstant, isLabel, isUuid } from "./address-checks.ts";

const CHECKS = {
  since: isInstant,
  until: isInstant,
  actor: isLabel,
  action: isLabel,
  objectType: isLabel,
  objectId: isLabel,
  deviceId: isUuid,
  correlationId: isUuid,
};

/**
 * Which entries of the audit log a page shows: what stands in its address, under the same names. Calls are checked by
 * `server/audit-filter.ts`.
 */
export type AuditFilter = { readonly [field in keyof typeof CHECKS]?: string | undefined };

/** Reads a filter from an address. What is no filter of ours is left out: a mistyped link still shows something. */
export function auditFilterFrom(search: URLSearchParams): AuditFilter {
  const fields = Object.entries(CHECKS).flatMap(([name, fits]) => {
    const text = search.get(name)?.trim() ?? "";
    return fits(text) ? [[name, text]] : [];
  });
  return Object.fromEntries(fields) as AuditFilter;
}

/** Writes a filter as an address has it. */
export function auditFilterToSearch(filter: AuditFilter): URLSearchParams {
  const given = Object.entries(filter).filter(([, value]) => value !== undefined && value !== "");
  return new URLSearchParams(given as [string, string][]);
}

/** Entries a page. */
export const AUDIT_PAGE = 100;
