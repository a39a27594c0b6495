export type { ChunkContext, ChunkRun, ItemFailure, ItemResult } from "./chunk-run.ts";
export { failed, mapChunks } from "./map-chunks.ts";
export { mapItems } from "./map-items.ts";
export type { ChunkOptions, ChunkSummary } from "./options.ts";
