import { PilabError } from "@pilab/schema";
import type { PilabContext } from "../context.ts";
import { dataOf } from "../supabase-error.ts";

/** One row for the catalogue, in the names of `log_captures`. */
export interface CaptureToLog {
  readonly bucket_id: string;
  readonly object_path: string;
  readonly file_name: string;
  readonly sha256: string;
  readonly size_bytes: number;
  readonly content_type: string;
  readonly series: string | null;
  readonly shot_type: string | null;
  readonly captured_at: string;
  readonly captured_at_source: string;
  readonly captured_at_trusted: boolean;
  readonly clock_offset_ms: number | null;
  readonly width: number | null;
  readonly height: number | null;
  readonly brightness: number | null;
  readonly sharpness: number | null;
  readonly contrast: number | null;
  readonly measures_source: string | null;
  readonly measures_version: string | null;
  readonly exif: Record<string, unknown>;
  readonly metadata: Record<string, unknown>;
  readonly thumbnail_path: string | null;
}

/** What the catalogue did with one row. */
export interface LoggedCapture {
  readonly outcome: "created" | "duplicate" | "repeated" | "restored" | "trashed" | "purged" | "refused";
  readonly id: string | null;
  readonly objectPath: string | null;
  readonly reason: string | null;
}

/** Settings of {@link logCaptures}. */
export interface LogOptions {
  /** The device's id; only with the service key. */
  readonly forDeviceId?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Catalogues at most 500 rows in one transaction; one outcome a row, in the order given. */
export async function logCaptures(
  ctx: PilabContext,
  captures: readonly CaptureToLog[],
  { forDeviceId, signal }: LogOptions = {},
): Promise<LoggedCapture[]> {
  const rows = await ctx.call(
    {
      what: `cataloguing ${captures.length} captures`,
      hints: {
        forbidden:
          "Only device accounts and the service key catalogue captures; a retired device has no rights.",
      },
    },
    async (attempt) =>
      dataOf(
        await ctx.supabase
          .rpc("log_captures", { captures, for_device_id: forDeviceId ?? null })
          .abortSignal(attempt.signal),
      ) as LoggedRow[],
    { signal },
  );
  const byPosition = new Map(rows.map((row) => [row.position, row]));
  return captures.map(({ object_path }, position) => {
    const row = byPosition.get(position);
    if (!row) throw new PilabError("server_lied", `log_captures gave no outcome for ${object_path}`);
    return { outcome: row.outcome, id: row.id, objectPath: row.object_path, reason: row.reason };
  });
}

interface LoggedRow {
  position: number;
  id: string | null;
  object_path: string | null;
  outcome: LoggedCapture["outcome"];
  reason: string | null;
}
