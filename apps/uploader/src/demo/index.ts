export { quoted, runDemo } from "./run-demo.ts";
