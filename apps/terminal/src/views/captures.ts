import type { CaptureTile } from "@pilab/storage-core";
import { type Line, line, type Screen } from "../line.ts";
import type { Lab } from "../read-lab.ts";
import { type Column, table } from "../table.ts";
import { age, bytes } from "../words.ts";

/** The latest captures, newest first. */
export function capturesView({ overview, captures }: Lab, screen: Screen, nowMs: number): Line[] {
  if (captures.length === 0) return [line("Nothing has arrived yet.")];
  const slugs = new Map(overview.devices.map(({ id, slug }) => [id, slug]));
  const columns: Column<CaptureTile>[] = [
    { title: "TAKEN", cell: ({ captured_at }) => age(captured_at, nowMs), width: 7, right: true, rank: 0 },
    { title: "DEVICE", cell: ({ device_id }) => slugs.get(device_id) ?? "-", width: 24, min: 12, rank: 1 },
    { title: "SERIES", cell: ({ series }) => series ?? "-", width: 20, min: 10, rank: 4 },
    { title: "SHOT", cell: ({ shot_type }) => shot_type ?? "-", width: 12, rank: 5 },
    { title: "SIZE", cell: ({ size_bytes }) => bytes(size_bytes), width: 7, right: true, rank: 3 },
    { title: "SHARP", cell: ({ sharpness }) => share(sharpness), width: 5, right: true, rank: 6 },
    { title: "LIGHT", cell: ({ brightness }) => share(brightness), width: 5, right: true, rank: 7 },
    { title: "FILE", cell: ({ file_name }) => file_name, width: 40, min: 10, grows: true, rank: 2 },
  ];
  return table(captures, columns, screen);
}

function share(measure: number | null): string {
  return measure === null ? "-" : measure.toFixed(2);
}
