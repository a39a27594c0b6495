export { type Cadence, type CadenceOptions, createCadence, type KeptCadence } from "./cadence.ts";
export {
  type CardWrites,
  type CardWritesOptions,
  createCardWrites,
  type DayOfWrites,
  type WritesStore,
} from "./card-writes.ts";
export { createPowerWatch, type Power, type PowerWatch } from "./power-watch.ts";
export { readCpuTemperature } from "./read-temperature.ts";
export { readThrottling, type Throttling } from "./read-throttling.ts";
