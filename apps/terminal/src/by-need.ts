import { DEVICE_STATES, type DeviceWithStatus } from "@pilab/storage-core";
import { troubles } from "./words.ts";

/** Devices, the one that needs a person most first. Retired ones need nobody and are left out. */
export function byNeed(devices: readonly DeviceWithStatus[]): DeviceWithStatus[] {
  return devices
    .filter(({ state }) => state !== "retired")
    .map((device) => ({ device, rank: rankOf(device) }))
    .toSorted((a, b) => a.rank - b.rank || a.device.slug.localeCompare(b.device.slug, "en"))
    .map(({ device }) => device);
}

/** Whether a person should look at it. */
export function needsYou(device: DeviceWithStatus): boolean {
  return (
    device.state === "silent" || device.state === "late" || (isOn(device) && troubles(device).length > 0)
  );
}

function rankOf(device: DeviceWithStatus): number {
  // An ok device with trouble comes before those that merely never began.
  if (isOn(device) && troubles(device).length > 0 && device.state === "ok") return 1.5;
  return DEVICE_STATES.indexOf(device.state);
}

function isOn({ state }: DeviceWithStatus): boolean {
  return state !== "paused" && state !== "retired" && state !== "never";
}
