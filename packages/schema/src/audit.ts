import { z } from "zod";
import { count, jsonObject, timestamp } from "./fields.ts";

/** A row of `storage_audit_log`. `actor_claimed`: the actor is what a holder of the service key said, not a token. */
export const auditRow = z.object({
  id: count,
  created_at: timestamp,
  correlation_id: z.uuid().nullable(),
  actor: z.string().nullable(),
  actor_claimed: z.boolean(),
  device_id: z.uuid().nullable(),
  action: z.string().regex(/^[a-z_]+\.[a-z_]+$/, { error: "object.verb, such as capture.restored" }),
  object_type: z.string(),
  object_id: z.string().nullable(),
  details: jsonObject,
});
/** See {@link auditRow}. */
export type AuditRow = z.infer<typeof auditRow>;
