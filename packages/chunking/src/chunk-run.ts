import { setImmediate, setTimeout } from "node:timers/promises";
import { PilabError } from "@pilab/schema";
import type { ChunkSettings, ChunkSummary } from "./options.ts";
import { Source } from "./source.ts";

/** What became of one item. `index` is its place in the input, from 0. */
export type ItemResult<T, R> =
  | { index: number; item: T; ok: true; value: R }
  | { index: number; item: T; ok: false; error: unknown };

/** What a call of `fn` is told. */
export interface ChunkContext {
  /** Place of the (first) item in the input, from 0. */
  index: number;
  /** Number of the chunk, from 0. */
  chunk: number;
  /** Aborts with the caller's signal, and when the reader of the results leaves. */
  signal: AbortSignal;
}

/** Stands in the place of a value: this one item of a chunk has failed. Made by {@link failed}. */
export class ItemFailure {
  readonly error: unknown;
  constructor(error: unknown) {
    this.error = error;
  }
}

/** Some items at once; gives one value, or one {@link ItemFailure}, for each, in order. */
type Work<T, R> = (items: T[], ctx: ChunkContext) => Promise<ReadonlyArray<R | ItemFailure>>;

/**
 * One run over an input: an async iterable of results in the order of completion, to be read once. Nothing starts
 * before it is read. At most chunkSize × concurrency items are held, read ahead and unread results included: a slow
 * reader slows the input down.
 */
export class ChunkRun<T, R> implements AsyncIterable<ItemResult<T, R>> {
  readonly #source: Source<T>;
  readonly #work: Work<T, R>;
  readonly #unitSize: number;
  readonly #settings: ChunkSettings;
  readonly #summary: ChunkSummary = {
    status: "running",
    started: 0,
    ok: 0,
    failed: 0,
    chunks: 0,
    rest: 0,
    restExact: true,
  };
  readonly #results: ItemResult<T, R>[] = [];
  /** Aborted when nothing new shall start. */
  readonly #halt = new AbortController();
  /** Aborted when the reader has left: what runs is not wanted either. */
  readonly #leave = new AbortController();
  /** What calls of `fn` see: the caller's signal, or the reader leaving. */
  readonly #callSignal: AbortSignal;
  #read = false;
  #pumping = true;
  #calls = 0;
  #held = 0;
  #broken: { error: unknown } | undefined;
  #changed = Promise.withResolvers<void>();

  constructor(
    items: Iterable<T> | AsyncIterable<T>,
    work: Work<T, R>,
    unitSize: number,
    settings: ChunkSettings,
  ) {
    this.#source = new Source(items);
    this.#work = work;
    this.#unitSize = unitSize;
    this.#settings = settings;
    const { signal } = settings;
    this.#callSignal = signal ? AbortSignal.any([signal, this.#leave.signal]) : this.#leave.signal;
  }

  /** How far the run has come; after the last result, how it ended. */
  summary(): ChunkSummary {
    return { ...this.#summary };
  }

  /** Reads all results, keeps none, and says how the run ended. */
  async drain(): Promise<ChunkSummary> {
    for await (const _result of this);
    return this.summary();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<ItemResult<T, R>, void, undefined> {
    if (this.#read) throw new PilabError("invalid_input", "chunking: a run can be read only once");
    this.#read = true;
    const { signal } = this.#settings;
    const onAbort = () => this.#stop("aborted");
    signal?.addEventListener("abort", onAbort, { once: true });
    if (signal?.aborted) onAbort();
    const pump = this.#pump();
    let complete = false;
    try {
      while (this.#results.length > 0 || this.#calls > 0 || this.#pumping) {
        const result = this.#results.shift();
        if (result) {
          this.#held -= 1;
          this.#notify();
          yield result;
        } else {
          await this.#changed.promise;
        }
      }
      complete = true;
    } finally {
      signal?.removeEventListener("abort", onAbort);
      if (!complete) {
        this.#stop("aborted");
        this.#leave.abort();
      }
      await pump;
      while (this.#calls > 0) await this.#changed.promise;
      this.#finish();
    }
    if (this.#broken) throw this.#broken.error;
  }

  /** Reads the input and starts calls as room allows. Never rejects: what the input throws is kept for the reader. */
  async #pump(): Promise<void> {
    const { chunkSize, concurrency, maxChunks } = this.#settings;
    const halt = this.#halt.signal;
    let lastChunkAt = Number.NEGATIVE_INFINITY;
    try {
      while (!halt.aborted && !this.#source.over) {
        if (this.#calls >= concurrency || this.#held + this.#unitSize > chunkSize * concurrency) {
          await this.#changed.promise;
          continue;
        }
        const newChunk = this.#summary.started === this.#summary.chunks * chunkSize;
        if (newChunk && this.#summary.chunks >= maxChunks) {
          await this.#countRest();
          break;
        }
        const items = await this.#take();
        if (items.length === 0) break;
        if (newChunk) {
          await this.#pause(lastChunkAt);
          if (halt.aborted) break;
          lastChunkAt = this.#settings.now();
          this.#summary.chunks += 1;
        }
        this.#start(items);
      }
      await this.#source.close();
    } catch (error) {
      this.#break(error);
    }
    this.#pumping = false;
    this.#notify();
  }

  async #take(): Promise<T[]> {
    const items: T[] = [];
    while (items.length < this.#unitSize) {
      const read = await this.#source.read(this.#halt.signal);
      if (read.length === 0) break;
      items.push(...read);
    }
    return this.#halt.signal.aborted ? [] : items;
  }

  async #pause(lastChunkAt: number): Promise<void> {
    const ms = lastChunkAt + this.#settings.chunkDelayMs - this.#settings.now();
    if (ms <= 0) return;
    const sleep = this.#settings.sleep ?? ((time, signal) => setTimeout(time, undefined, { signal }));
    try {
      await sleep(ms, this.#halt.signal);
    } catch (error) {
      if (!this.#halt.signal.aborted) throw error;
    }
  }

  async #countRest(): Promise<void> {
    const summary = this.#summary;
    while (summary.rest < this.#settings.maxRestCount) {
      const read = await this.#source.read(this.#halt.signal);
      if (read.length === 0) break;
      summary.rest += 1;
      // A synchronous input would otherwise keep timers, sockets and signals waiting.
      if (summary.rest % 1024 === 0) await setImmediate();
    }
    summary.restExact = this.#source.over;
  }

  #start(items: T[]): void {
    const index = this.#summary.started;
    const chunk = this.#summary.chunks - 1;
    this.#summary.started += items.length;
    this.#held += items.length;
    this.#calls += 1;
    const call = async () => {
      const values = await this.#work(items, { index, chunk, signal: this.#callSignal });
      if (values.length === items.length) return values;
      throw new PilabError("internal", `chunking: fn gave ${values.length} values for ${items.length} items`);
    };
    void call()
      .catch((error: unknown) => items.map(() => new ItemFailure(error)))
      .then((values) => this.#settle(items, index, values))
      .catch((error: unknown) => this.#break(error))
      .finally(() => {
        this.#calls -= 1;
        this.#notify();
      });
  }

  #settle(items: T[], first: number, values: ReadonlyArray<R | ItemFailure>): void {
    items.forEach((item, offset) => {
      const index = first + offset;
      const value = values[offset] as R | ItemFailure;
      if (value instanceof ItemFailure) this.#results.push({ index, item, ok: false, error: value.error });
      else this.#results.push({ index, item, ok: true, value });
      this.#summary[value instanceof ItemFailure ? "failed" : "ok"] += 1;
    });
    const { ok, failed } = this.#summary;
    const { chunkSize, failFastThreshold, onProgress } = this.#settings;
    if (ok + failed >= chunkSize && failed / (ok + failed) > failFastThreshold) this.#stop("failed_fast");
    onProgress?.(this.summary());
  }

  #break(error: unknown): void {
    this.#broken ??= { error };
    this.#stop("broken");
  }

  /** The first reason to stop is the one that is told. */
  #stop(status: ChunkSummary["status"]): void {
    if (this.#summary.status === "running") this.#summary.status = status;
    this.#halt.abort();
    this.#notify();
  }

  #finish(): void {
    const summary = this.#summary;
    if (summary.status !== "running") return;
    const clean = summary.failed === 0 && summary.rest === 0 && summary.restExact;
    summary.status = clean ? "done" : "partly_done";
  }

  #notify(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}
