import {
  CAPTURES_PER_CALL_MAX,
  type CaptureFields,
  type ChangedCapture,
  captureFields,
  changedCapture,
  type Database,
  PilabError,
} from "@pilab/schema";
import { z } from "zod";
import type { PilabContext } from "../context.ts";
import { dataOf, parsed } from "../supabase-error.ts";

type Json = Database["public"]["Functions"]["set_capture_fields"]["Args"]["fields"];

// The words are those of an error: "pinning 3 captures failed: …".
const VERBS = {
  pin_captures: "pinning",
  unpin_captures: "unpinning",
  publish_captures: "publishing",
  unpublish_captures: "unpublishing",
  soft_delete_captures: "moving to the trash",
  restore_captures: "restoring",
  set_capture_fields: "setting fields of",
} as const;

/** A function of SQL that changes captures by id. */
export type LifeVerb = keyof typeof VERBS;

/** Settings of a change. */
export interface ChangeOptions {
  readonly signal?: AbortSignal | undefined;
  /** Why, kept with a capture that goes to the trash. */
  readonly reason?: string | undefined;
}

/**
 * Changes captures, any number of them, 500 a call; one outcome a distinct id. Each call is a transaction of its own: when one
 * fails, those before it stay changed, and asking again finds them `unchanged`.
 */
export async function changeCaptures(
  ctx: PilabContext,
  verb: LifeVerb,
  { ids, signal, ...more }: ChangeOptions & { ids: readonly string[]; fields?: CaptureFields },
): Promise<ChangedCapture[]> {
  const distinct = [...new Set(ids)];
  const changed: ChangedCapture[] = [];
  for (let at = 0; at < distinct.length; at += CAPTURES_PER_CALL_MAX) {
    const batch = distinct.slice(at, at + CAPTURES_PER_CALL_MAX);
    const what = `${VERBS[verb]} ${batch.length} captures`;
    const rows = await ctx.call(
      { what },
      async (attempt) => {
        const call = ctx.supabase.rpc(verb, argsOf(verb, batch, more) as never);
        return parsed(z.array(changedCapture), dataOf(await call.abortSignal(attempt.signal)), what);
      },
      { signal },
    );
    changed.push(...rows);
  }
  return changed;
}

/** Sets series, shot type and metadata: what is left out stays, null clears, metadata is a JSON Merge Patch. */
export async function setCaptureFields(
  ctx: PilabContext,
  ids: readonly string[],
  fields: CaptureFields,
): Promise<ChangedCapture[]> {
  const { error } = captureFields.safeParse(fields);
  if (error) throw new PilabError("invalid_input", `captures.setFields: ${z.prettifyError(error)}`);
  return await changeCaptures(ctx, "set_capture_fields", { ids, fields });
}

function argsOf(
  verb: LifeVerb,
  ids: string[],
  { reason, fields }: { reason?: string | undefined; fields?: CaptureFields },
) {
  if (verb === "soft_delete_captures" && reason !== undefined) return { ids, delete_reason: reason };
  if (verb === "set_capture_fields") return { ids, fields: fields as Json };
  return { ids };
}
