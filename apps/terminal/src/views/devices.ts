import type { DeviceWithStatus } from "@pilab/storage-core";
import { byUrgency } from "@pilab/storage-core/words";
import { type Line, line, type Screen } from "../line.ts";
import type { Lab } from "../read-lab.ts";
import { type Column, table } from "../table.ts";
import { age, bytes, notes, number, STANDING_TONES, standingOf } from "../words.ts";

/** Every device in service, who needs a person first. */
export function devicesView({ overview }: Lab, screen: Screen, nowMs: number): Line[] {
  const devices = byUrgency(overview.devices.filter(({ state }) => state !== "retired"));
  if (devices.length === 0)
    return [line("No device yet. An admin adds one on the dashboard's page Devices.")];
  return deviceTable(devices, screen, nowMs);
}

/** Devices with what a person asks first. */
export function deviceTable(devices: readonly DeviceWithStatus[], screen: Screen, nowMs: number): Line[] {
  return table(devices, columns(nowMs), screen);
}

function columns(nowMs: number): Column<DeviceWithStatus>[] {
  return [
    {
      title: "STATE",
      cell: (device) => {
        const standing = standingOf(device);
        const isLoud = standing === "silent" || standing === "late";
        return [STANDING_TONES[standing], isLoud ? standing.toUpperCase() : standing];
      },
      width: 7,
      rank: 0,
    },
    { title: "DEVICE", cell: ({ slug }) => slug, width: 24, min: 12, rank: 1 },
    {
      title: "PICTURE",
      cell: ({ last_capture }) => age(last_capture?.captured_at, nowMs),
      width: 7,
      right: true,
      rank: 2,
    },
    {
      title: "BEAT",
      cell: ({ status }) => age(status?.reported_at, nowMs),
      width: 6,
      right: true,
      rank: 5,
    },
    { title: "QUEUE", cell: ({ status }) => count(status?.queue_files), width: 7, right: true, rank: 3 },
    { title: "FREE", cell: ({ status }) => free(status), width: 7, right: true, rank: 6 },
    { title: "TEMP", cell: ({ status }) => heat(status?.cpu_temp_c), width: 4, right: true, rank: 7 },
    {
      title: "NOTES",
      cell: (device) => ["warn", notes(device)],
      width: 24,
      grows: true,
      rank: 4,
    },
  ];
}

function count(found: number | null | undefined): string {
  return found == null ? "-" : number(found);
}

function free(status: DeviceWithStatus["status"]): string {
  return status?.disk_free_bytes == null ? "-" : bytes(status.disk_free_bytes);
}

function heat(celsius: number | null | undefined): string {
  return celsius == null ? "-" : `${Math.round(celsius)} C`;
}
