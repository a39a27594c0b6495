import { type ChunkContext, ChunkRun, ItemFailure } from "./chunk-run.ts";
import { type ChunkOptions, withDefaults } from "./options.ts";

/**
 * Calls `fn` for each chunk of up to chunkSize items, `concurrency` at once, for calls that take batches. `fn` gives one
 * value for each item, in order; {@link failed} in a value's place fails that item, a rejection fails all of the chunk.
 * The last chunk may be shorter; a chunk is handed over when it is full or the input ends.
 *
 * @example
 * const run = mapChunks(hashes, (batch) => knownCaptures(batch), { chunkSize: 500 });
 * for await (const { item, ok } of run) console.log(item, ok);
 */
export function mapChunks<T, R>(
  items: Iterable<T> | AsyncIterable<T>,
  fn: (chunk: T[], ctx: ChunkContext) => Promise<ReadonlyArray<R | ItemFailure>>,
  options: ChunkOptions = {},
): ChunkRun<T, R> {
  const settings = withDefaults(options);
  return new ChunkRun(items, fn, settings.chunkSize, settings);
}

/** Says, in the place of a value, that this one item failed. */
export function failed(error: unknown): ItemFailure {
  return new ItemFailure(error);
}
