export {
  type CaptureBrake,
  pullCaptureBrake,
  readCaptureBrake,
  releaseCaptureBrake,
} from "./capture-brake.ts";
export { describeDeletionRefusal, findDeletionRefusal } from "./deletion-refusal.ts";
export { type DiskUsage, readDiskUsage, usedPercent } from "./disk-usage.ts";
export { parseDuration } from "./duration.ts";
export { type CopyWithSidecar, findSidecar } from "./find-sidecar.ts";
export { type CopyIdentity, type FreeResult, freeCopy } from "./free-copy.ts";
export {
  describeSpace,
  type FreeableCopy,
  judgeSpace,
  type PlannedCopy,
  planSpace,
  type SpaceState,
} from "./plan-space.ts";
export { isDiskFull, openReserve, type Reserve } from "./reserve.ts";
