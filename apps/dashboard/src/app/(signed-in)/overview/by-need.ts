import type { DeviceState } from "../../../components/state-badge.tsx";

const ORDER: readonly DeviceState[] = ["silent", "late", "never", "ok", "paused", "retired"];

/** Devices in the order in which they need a person; those of one state stay as they come. */
export function byNeed<D extends { state: DeviceState }>(devices: readonly D[]): D[] {
  return devices.toSorted((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state));
}
