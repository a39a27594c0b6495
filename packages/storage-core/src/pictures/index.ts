export { type CapturedAt, type CapturedAtInput, chooseCapturedAt } from "./captured-at.ts";
export { type Inspection, type InspectOptions, inspectCapture } from "./inspect.ts";
