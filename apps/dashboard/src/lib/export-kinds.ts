import type { Role } from "./role.ts";

/** How a file is written. */
export const EXPORT_FORMATS = ["csv", "json", "jsonl"] as const;
/** See {@link EXPORT_FORMATS}. */
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** What can be saved as a file, and from which role on. */
export const EXPORT_KINDS = {
  captures: "viewer",
  usage: "viewer",
  uploads: "viewer",
  audit: "operator",
} as const satisfies Record<string, Role>;
/** See {@link EXPORT_KINDS}. */
export type ExportKind = keyof typeof EXPORT_KINDS;

/** The address of a file; empty fields are left out. */
export function exportUrl(
  kind: ExportKind,
  format: ExportFormat,
  fields: Iterable<readonly [string, string | undefined]> = [],
): string {
  const search = new URLSearchParams({ format });
  for (const [name, value] of fields) if (value) search.set(name, value);
  return `/api/export/${kind}?${search}`;
}
