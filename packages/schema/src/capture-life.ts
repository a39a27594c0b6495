import { z } from "zod";
import { jsonObject, label } from "./fields.ts";

/**
 * What became of an id: `changed`; `unchanged`, it was so already; `refused`, the reason says why and nothing was written.
 */
export const LIFE_OUTCOMES = ["changed", "unchanged", "refused"] as const;

/** Why a change of a capture is refused; each function's comment in SQL says which of them it can answer. */
export const LIFE_REFUSALS = [
  "not_found",
  "trashed",
  "pinned",
  "purging",
  "purged",
  "object_missing",
  "size_differs",
  "metadata_too_large",
] as const;

/**
 * A row of the answer of pin_captures, unpin_captures, publish_captures, unpublish_captures, soft_delete_captures,
 * restore_captures and set_capture_fields: one a distinct id, in no promised order.
 */
export const changedCapture = z.object({
  id: z.uuid(),
  outcome: z.enum(LIFE_OUTCOMES),
  reason: z.enum(LIFE_REFUSALS).nullable(),
});
/** See {@link changedCapture}. */
export type ChangedCapture = z.infer<typeof changedCapture>;

/**
 * What set_capture_fields sets: what is left out stays, null clears a label, and metadata is a JSON Merge Patch (RFC 7396):
 * its null removes a member.
 */
export const captureFields = z
  .strictObject({ series: label.nullable(), shot_type: label.nullable(), metadata: jsonObject })
  .partial()
  .refine((fields) => Object.keys(fields).length > 0, {
    error: "at least one of series, shot_type, metadata",
  });
/** See {@link captureFields}. */
export type CaptureFields = z.infer<typeof captureFields>;
