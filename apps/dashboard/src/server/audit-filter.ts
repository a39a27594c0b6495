import { z } from "zod";
import type { AuditFilter } from "../lib/audit-filter.ts";

const instant = z.iso.datetime({ offset: true });
const text = z.string().trim().min(1).max(200);

/** An {@link AuditFilter} as a call brings it. */
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
  } satisfies Record<keyof AuditFilter, z.ZodType>)
  .partial();
