import "server-only";
import { PilabError } from "@pilab/schema";
import type { Capture, PilabClient } from "@pilab/storage-core";
import { filterFromSearch, filterToSearch } from "../../lib/capture-filter.ts";
import type { ExportRow } from "./text-of.ts";
import { utc } from "./text-of.ts";

const TIMES = [
  "captured_at",
  "created_at",
  "pinned_at",
  "last_repeated_at",
  "deleted_at",
  "purging_at",
  "purged_at",
] as const satisfies (keyof Capture)[];

/** All that is known of a capture, what people look for first. */
export const CAPTURE_COLUMNS = [
  "id",
  "captured_at",
  "device",
  "series",
  "shot_type",
  "file_name",
  "content_type",
  "size_bytes",
  "width",
  "height",
  "brightness",
  "sharpness",
  "contrast",
  "captured_at_source",
  "captured_at_trusted",
  "clock_offset_ms",
  "created_at",
  "pinned_at",
  "is_public",
  "repeat_count",
  "last_repeated_at",
  "deleted_at",
  "delete_reason",
  "purging_at",
  "purged_at",
  "sha256",
  "bucket_id",
  "object_path",
  "thumbnail_path",
  "device_id",
  "measures_source",
  "measures_version",
  "exif",
  "metadata",
] as const;

/** The captures of a gallery's address, the oldest first. */
export async function* captureRows(
  pilab: PilabClient,
  search: URLSearchParams,
  signal: AbortSignal,
): AsyncGenerator<ExportRow> {
  const filter = filterFromSearch(search);
  // A page shows more when a filter is mistyped; a file that has more than was asked for is not noticed.
  const known = filterToSearch(filter);
  const unknown = [...search.keys()].find((name) => !known.has(name) && name !== "format");
  if (unknown !== undefined) {
    throw new PilabError("invalid_input", `"${unknown}=${search.get(unknown)}" is no filter of captures`);
  }
  const slugs = new Map((await pilab.devices.list(signal)).map(({ id, slug }) => [id, slug]));
  for await (const capture of pilab.captures.iterate({
    ...filter,
    order: "oldest",
    pageSize: 1000,
    signal,
  })) {
    const times = Object.fromEntries(TIMES.map((name) => [name, utc(capture[name])]));
    yield { ...capture, ...times, device: slugs.get(capture.device_id) ?? null };
  }
}
