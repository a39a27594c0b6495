"use client";
import { Button, Menu, MenuDropdown, MenuItem, MenuTarget } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { EXPORT_FORMATS, type ExportFormat, type ExportKind, exportUrl } from "../lib/export-kinds.ts";

const LABELS: Record<ExportFormat, string> = {
  csv: "CSV, for a spreadsheet",
  json: "JSON",
  jsonl: "JSONL, a line a row",
};

/** Saves what a page shows as a file. */
export function ExportMenu({
  kind,
  fields,
  size,
}: {
  kind: ExportKind;
  /** The page's filters, as its address has them. */
  fields: Iterable<readonly [string, string]>;
  size?: "xs" | "sm";
}) {
  return (
    <Menu position="bottom-end" withinPortal>
      <MenuTarget>
        <Button variant="default" size={size} leftSection={<IconDownload size={16} />}>
          Export
        </Button>
      </MenuTarget>
      <MenuDropdown>
        {EXPORT_FORMATS.map((format) => (
          <MenuItem key={format} component="a" href={exportUrl(kind, format, fields)} download>
            {LABELS[format]}
          </MenuItem>
        ))}
      </MenuDropdown>
    </Menu>
  );
}
