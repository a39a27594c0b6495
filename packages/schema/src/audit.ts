import { z } from "zod";
import { count, jsonObject, sha256, timestamp } from "./fields.ts";

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

/** A row of `audit_seals`. The seal of the highest id is the head, which is kept outside the database too. */
export const auditSealRow = z.object({
  id: z.int().positive(),
  first_id: z.int(),
  last_id: z.int(),
  row_count: z.int().positive(),
  rows_digest: sha256,
  digest: sha256,
  created_at: timestamp,
});
/** See {@link auditSealRow}. */
export type AuditSealRow = z.infer<typeof auditSealRow>;

/**
 * A row of `audit_lines`' answer. `line` is one JSON object, of which a digest is taken as it stands: keep it, do not parse
 * and print it again. `seal_id` null: not sealed yet.
 */
export const auditLine = z.object({ id: z.int(), line: z.string(), seal_id: z.int().nullable() });
/** See {@link auditLine}. */
export type AuditLine = z.infer<typeof auditLine>;

/** How a seal can be broken: gone, itself changed, or its rows removed, added to or changed. */
export const SEAL_FAULTS = [
  "seal_missing",
  "seal_changed",
  "rows_missing",
  "rows_added",
  "rows_changed",
] as const;

/**
 * What `verify_audit_seals` answers: how many seals and rows were found good, the last good seal, the first broken one with
 * the ids it covers, and whether seals are left for the next call. A chain that was cut short at its end, or made anew, is
 * found only by comparing `head` with the one kept outside.
 */
export const auditVerification = z.object({
  seals: count,
  rows: count,
  head: z.object({ id: z.int(), last_id: z.int(), digest: sha256 }).nullable(),
  broken: z
    .object({
      id: z.int(),
      first_id: z.int(),
      last_id: z.int().nullable(),
      reason: z.enum(SEAL_FAULTS),
    })
    .nullable(),
  more: z.boolean(),
});
/** See {@link auditVerification}. */
export type AuditVerification = z.infer<typeof auditVerification>;

/** A head of the chain as it is kept outside the database: one JSON line. */
export const auditHead = z.object({
  id: z.int().positive(),
  last_id: z.int(),
  digest: sha256,
  created_at: timestamp.optional(),
});
/** See {@link auditHead}. */
export type AuditHead = z.infer<typeof auditHead>;

/**
 * What can be wrong with the log: a seal's faults, and what only a head kept outside shows: `head_differs`, the chain was
 * made anew before that head; `head_missing`, it was cut short below it.
 */
export const AUDIT_FAULTS = [...SEAL_FAULTS, "head_differs", "head_missing"] as const;

const idRange = z.object({ first_id: z.int(), last_id: z.int() });

/** What verifying the audit log has shown. Ranges are ids of entries. */
export const auditReport = z.object({
  source: z.enum(["database", "export"]),
  /** Nothing is broken. What is not anchored may still have been made anew by who owns the database. */
  ok: z.boolean(),
  /** An export of a part: it begins after a seal, or ends before a time. What lies outside was not looked at. */
  partial: z.boolean(),
  seals: count,
  rows: count,
  heads: z.object({ given: count, matched: count }),
  /** Up to the last head kept outside that the chain comes to: these entries are as they were written, but for `broken`. */
  anchored: idRange.nullable(),
  /** Sealed, and no head kept outside reaches it. */
  self_consistent: idRange.nullable(),
  /** Nothing vouches for these yet. */
  unsealed: idRange.extend({ rows: count }).nullable(),
  /** The first hundred ranges in which entries or seals were changed, removed or added. */
  broken: z.array(idRange.extend({ seal: z.int(), reason: z.enum(AUDIT_FAULTS) })),
  broken_total: count,
  /** Whether `verify_audit_seals` found the same; null for an export. */
  database_agrees: z.boolean().nullable(),
  /** The last seal seen. */
  head: auditHead.nullable(),
});
/** See {@link auditReport}. */
export type AuditReport = z.infer<typeof auditReport>;
