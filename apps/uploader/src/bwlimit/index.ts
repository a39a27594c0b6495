export {
  type BandwidthLimiter,
  type BandwidthLimiterOptions,
  createBandwidthLimiter,
} from "./bandwidth-limiter.ts";
export { type BandwidthSlot, type BandwidthTimetable, limitAt, parseBandwidthLimit } from "./timetable.ts";
