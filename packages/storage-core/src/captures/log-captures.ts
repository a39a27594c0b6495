import {
  type CaptureToLog,
  type Database,
  type LoggedCapture,
  loggedCapture,
  PilabError,
} from "@pilab/schema";
import { z } from "zod";
import type { PilabContext } from "../context.ts";
import { parsed } from "../supabase-error.ts";
import type { KnownOptions } from "./known-captures.ts";

type JsonArgument = Database["public"]["Functions"]["log_captures"]["Args"]["captures"];

/** The catalogue's answer about one row. */
export type CatalogueAnswer = LoggedCapture & {
  /** An earlier answer was lost: a row that was there already may be the work of the request that it belonged to. */
  readonly isRepeated: boolean;
};

/** Catalogues at most 500 rows in one transaction; one outcome a row, in the order given. */
export async function logCaptures(
  ctx: PilabContext,
  captures: readonly CaptureToLog[],
  { forDeviceId, signal }: KnownOptions = {},
): Promise<CatalogueAnswer[]> {
  const what = `cataloguing ${captures.length} captures`;
  const hints = {
    forbidden: "Only device accounts and the service key catalogue captures; a retired device has no rights.",
  };
  let attempts = 0;
  const rows = await ctx.call(
    { what, hints },
    async (attempt) => {
      attempts = attempt.number;
      const args = {
        captures: [...captures] as JsonArgument,
        ...(forDeviceId !== undefined && { for_device_id: forDeviceId }),
      };
      return parsed(z.array(loggedCapture), await ctx.rest.rpc("log_captures", args, attempt.signal), what);
    },
    { signal },
  );
  const byPosition = new Map(rows.map((row) => [row.position, row]));
  return captures.map(({ object_path }, position) => {
    const row = byPosition.get(position);
    if (row) return { ...row, isRepeated: attempts > 1 };
    throw new PilabError("server_lied", `log_captures gave no outcome for ${object_path}`);
  });
}
