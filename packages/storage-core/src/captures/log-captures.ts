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

/** Catalogues at most 500 rows in one transaction; one outcome a row, in the order given. */
export async function logCaptures(
  ctx: PilabContext,
  captures: readonly CaptureToLog[],
  { forDeviceId, signal }: KnownOptions = {},
): Promise<LoggedCapture[]> {
  const what = `cataloguing ${captures.length} captures`;
  const hints = {
    forbidden: "Only device accounts and the service key catalogue captures; a retired device has no rights.",
  };
  const rows = await ctx.call(
    { what, hints },
    async (attempt) => {
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
    if (row) return row;
    throw new PilabError("server_lied", `log_captures gave no outcome for ${object_path}`);
  });
}
