import { type ChunkContext, ChunkRun } from "./chunk-run.ts";
import { type ChunkOptions, withDefaults } from "./options.ts";

/**
 * Calls `fn` for each item, `concurrency` at once. Chunks only count here: they space the starts (chunkDelayMs), end
 * the run (maxChunks) and bound memory; an item never waits for the rest of its chunk.
 *
 * @example
 * const run = mapItems(files, (file, { signal }) => upload(file, { signal }), { concurrency: 4 });
 * for await (const result of run) if (!result.ok) log.warn({ file: result.item, err: result.error }, "failed");
 * if (run.summary().status !== "done") process.exitCode = 3;
 */
export function mapItems<T, R>(
  items: Iterable<T> | AsyncIterable<T>,
  fn: (item: T, ctx: ChunkContext) => Promise<R> | R,
  options: ChunkOptions = {},
): ChunkRun<T, R> {
  const work = async (unit: T[], ctx: ChunkContext) => [await fn(unit[0] as T, ctx)];
  return new ChunkRun(items, work, 1, withDefaults(options));
}
