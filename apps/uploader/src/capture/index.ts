export { type CaptureEvent, type CaptureLoopOptions, runCaptureLoop } from "./capture-loop.ts";
export {
  type CaptureState,
  captureStatePath,
  findCaptureState,
  writeCaptureState,
} from "./capture-state.ts";
export { checkCommand } from "./run-camera.ts";
