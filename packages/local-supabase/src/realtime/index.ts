export { attachRealtime, type RealtimeOptions } from "./attach-realtime.ts";
