export { type DemoOptions, quoted, runDemo } from "./run-demo.ts";
