import { CAPTURES_PER_CALL_MAX, type CaptureToLog, type KnownCapture } from "@pilab/schema";
import { knownCaptures } from "../captures/known-captures.ts";
import { type CatalogueAnswer, logCaptures } from "../captures/log-captures.ts";
import { storedObjects } from "../captures/stored-objects.ts";
import type { PilabContext } from "../context.ts";
import { resolveDevice, type UploadDevice } from "../devices/resolve-device.ts";
import { type Batcher, createBatcher } from "./batcher.ts";
import { type Budget, createBudget } from "./budget.ts";
import { createFlowWatch, type FlowWatch } from "./flow-watch.ts";
import type { StageTimings } from "./outcome.ts";
import type { HeldObject } from "./verify-decision.ts";

/** What the files of one run share: their device, their batches, and the limits on what runs at once. */
export interface UploadRun extends FlowWatch {
  readonly ctx: PilabContext;
  readonly signal: AbortSignal;
  readonly timings: StageTimings;
  /** The device, looked up once. */
  device(): Promise<UploadDevice>;
  /** Waits for memory for so many bytes; gives back its release. */
  takeMemory(bytes: number): Promise<() => void>;
  known(sha256: string): Promise<KnownCapture>;
  held(path: string): Promise<HeldObject | undefined>;
  log(capture: CaptureToLog): Promise<CatalogueAnswer>;
  /** Holds one of the places for files that are being sent. */
  sending<T>(work: () => Promise<T>): Promise<T>;
  /** Holds one of the places for pictures that are being decoded. */
  decoding<T>(work: () => Promise<T>): Promise<T>;
  /** Adds the time that `work` takes to a stage. */
  timed<T>(stage: keyof StageTimings, work: () => Promise<T>): Promise<T>;
}

/** Settings of {@link createUploadRun}. */
export interface UploadRunOptions {
  /** Its name, to be looked up once; or what is known of it at each moment. */
  readonly device: string | undefined | (() => UploadDevice);
  readonly concurrency: number;
  /** Pictures decoded at once. Default 2: libvips takes more threads of its own. */
  readonly decoders?: number | undefined;
  readonly memoryBytes: number;
  readonly signal: AbortSignal;
}

const DECODERS = 2;
// Enough that one is hashed while another is fetched from the disk: more would share the same core and hold a piece each.
const READERS = 2;
// How long a question waits for company at most, see createFlowWatch. Verification and cataloguing hold no bytes, so
// they may gather for long; rows come out of verification in batches already.
const KNOWN_LINGER_MS = 250;
const VERIFY_LINGER_MS = 250;
const LOG_LINGER_MS = 20;

/** Sets up the machinery of one run. */
export function createUploadRun(ctx: PilabContext, options: UploadRunOptions): UploadRun {
  const { signal } = options;
  const timings: StageTimings = {
    readMs: 0,
    knownMs: 0,
    inspectMs: 0,
    thumbnailUploadMs: 0,
    uploadMs: 0,
    verifyMs: 0,
    logMs: 0,
  };
  const memory = createBudget(options.memoryBytes);
  const readers = createBudget(READERS);
  const senders = createBudget(options.concurrency);
  const decoders = createBudget(options.decoders ?? DECODERS);
  let device: Promise<UploadDevice> | undefined;
  const wanted = options.device;
  const findDevice = (): Promise<UploadDevice> => {
    if (typeof wanted === "function") return Promise.resolve(wanted());
    device ??= resolveDevice(ctx, wanted, signal);
    return device;
  };
  // With the service key the functions must be told for whom they are called; a device may not name itself.
  const forDeviceId = async () => (ctx.session.kind === "service" ? (await findDevice()).id : undefined);

  let asking = 0;
  const known = createBatcher<string, KnownCapture>({
    maxItems: CAPTURES_PER_CALL_MAX,
    lingerMs: KNOWN_LINGER_MS,
    run: async (hashes) => {
      asking += 1;
      try {
        const answers = await knownCaptures(ctx, hashes, { forDeviceId: await forDeviceId(), signal });
        return hashes.map((sha256) => answers.get(sha256) ?? unknown(sha256));
      } finally {
        asking -= 1;
      }
    },
  });
  const held = createBatcher<string, HeldObject | undefined>({
    maxItems: CAPTURES_PER_CALL_MAX,
    lingerMs: VERIFY_LINGER_MS,
    run: async (paths) => {
      const answers = await storedObjects(ctx, paths, signal);
      return paths.map((path) => answers.get(path));
    },
  });
  const log = createBatcher<CaptureToLog, CatalogueAnswer>({
    maxItems: CAPTURES_PER_CALL_MAX,
    lingerMs: LOG_LINGER_MS,
    run: async (captures) => logCaptures(ctx, captures, { forDeviceId: await forDeviceId(), signal }),
  });
  const watch = createFlowWatch(({ ready, stuck }) => {
    if (stuck) for (const batcher of [known, held, log]) batcher.flush();
    // Soon fewer than can be sent at once: whoever waits to be told that he may be sent is needed by then.
    else if (ready < 2 * options.concurrency && asking === 0) known.flush();
  });
  const ask = <T, R>(batcher: Batcher<T, R>, item: T) => watch.park(batcher.add(item));

  return {
    ctx,
    signal,
    timings,
    device: findDevice,
    ...watch,
    read: (work) =>
      watch.read(async () => {
        const release = await watch.waitToRead(readers.take(1));
        return await work().finally(release);
      }),
    takeMemory: (bytes) => watch.waitToRead(memory.take(bytes)),
    known: (sha256) => ask(known, sha256),
    held: (path) => ask(held, path),
    log: (capture) => ask(log, capture),
    sending: (work) => within(senders, work),
    decoding: (work) => within(decoders, work),
    async timed(stage, work) {
      const startedAt = performance.now();
      try {
        return await work();
      } finally {
        timings[stage] += performance.now() - startedAt;
      }
    },
  };
}

function unknown(sha256: string): KnownCapture {
  return { sha256, state: "unknown", id: null, object_path: null, size_bytes: null };
}

async function within<T>(budget: Budget, work: () => Promise<T>): Promise<T> {
  const release = await budget.take(1);
  try {
    return await work();
  } finally {
    release();
  }
}
