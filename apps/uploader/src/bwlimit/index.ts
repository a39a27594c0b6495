export {
  type BandwidthLimiter,
  type BandwidthLimiterOptions,
  createBandwidthLimiter,
} from "./bandwidth-limiter.ts";
export { type BandwidthSlot, type BandwidthTimetable, parseBandwidthLimit } from "./timetable.ts";
