/** What a Pi needs of this package, and no more: `@pilab/storage-core/device`. */
export { createDeviceClient, type DeviceClient } from "./device-client.ts";
export { inspectCapture } from "./pictures/index.ts";
