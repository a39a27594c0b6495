import { z } from "zod";

const instant = z.iso.datetime({ offset: true });
const text = z.string().trim().min(1).max(200);

/** Which entries of the audit log a page shows: what stands in its address, under the same names. */
export const auditFilter = z
  .object({
    since: instant,
    until: instant,
    actor: text,
    action: text,
    objectType: text,
    objectId: text,
    deviceId: z.uuid(),
    correlationId: z.uuid(),
  })
  .partial();
/** See {@link auditFilter}. */
export type AuditFilter = z.infer<typeof auditFilter>;

/** Reads a filter from an address. What is no filter of ours is left out: a mistyped link still shows something. */
export function auditFilterFrom(search: URLSearchParams): AuditFilter {
  const fields = Object.entries(auditFilter.shape).flatMap(([name, schema]) => {
    const { data } = schema.safeParse(search.get(name) ?? undefined);
    return data === undefined ? [] : [[name, data]];
  });
  return Object.fromEntries(fields) as AuditFilter;
}

/** Writes a filter as an address has it. */
export function auditFilterToSearch(filter: AuditFilter): URLSearchParams {
  return new URLSearchParams(
    Object.entries(filter).filter(([, value]) => value !== undefined && value !== ""),
  );
}

/** Entries a page. */
export const AUDIT_PAGE = 100;
