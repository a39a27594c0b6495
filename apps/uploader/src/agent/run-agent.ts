import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { PilabLogger } from "@pilab/logging";
import { abortableSleep } from "@pilab/retry";
import { isPilabError, PilabError } from "@pilab/schema";
import type { DeviceState, PilabClient } from "@pilab/storage-core";
import { createJumpWatch } from "../clock/index.ts";
import { createCardWrites } from "../health/index.ts";
import { createAlarm } from "../intake/alarm.ts";
import { watchFolders } from "../intake/watch-folders.ts";
import type { Journal } from "../journal/journal.ts";
import type { QueuedFile } from "../journal/types.ts";
import { openReserve, usedPercent } from "../space/index.ts";
import { createProgress, type Notifier, runWatchdog } from "../systemd/index.ts";
import { countText, sizeText } from "../upload/words.ts";
import { createClockKeeper } from "./clock-keeper.ts";
import { confirmStored } from "./confirm-pass.ts";
import { describeAgent } from "./describe-agent.ts";
import { runFeeder } from "./feeder.ts";
import { createFreePass } from "./free-pass.ts";
import { createHeartbeat } from "./heartbeat.ts";
import { createIdentityWatch } from "./identity-watch.ts";
import type { AgentSettings } from "./settings.ts";
import { createSettler, type Settled } from "./settle-outcome.ts";
import { writeAgentStatus } from "./status-file.ts";
import type { AgentTimes } from "./times.ts";
import { createUplink, type UplinkState } from "./uplink.ts";
import { createVitals } from "./vitals.ts";

/** What {@link runAgent} works with. */
export interface AgentParts {
  readonly settings: AgentSettings;
  readonly client: PilabClient;
  readonly journal: Journal;
  readonly notifier: Notifier;
  readonly logger: PilabLogger;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly times: AgentTimes;
  readonly version: string;
  /** SIGTERM. */
  readonly signal: AbortSignal;
}

/** Files under way at once: most wait in batches, and hold no bytes. */
const FILES_UNDER_WAY = 64;
const TICK_MS = 1000;
/** On a memory disk; on the card only with each heartbeat. */
const STATUS_MS = 5000;

/**
 * Works until the signal aborts: takes captures in, brings them to the server, keeps the disk and the server informed.
 * Then finishes or parks what is under way. Rejects with what no waiting mends.
 */
export async function runAgent(parts: AgentParts): Promise<void> {
  const { settings, client, journal, notifier, logger, env, times, version, signal } = parts;
  const fault = new AbortController();
  /** Nothing new is begun. */
  const stop = AbortSignal.any([signal, fault.signal]);
  /** What is under way ends too. */
  const cut = new AbortController();
  const forDevice = settings.device;
  const startedAt = new Date();

  let device: DeviceState | undefined;
  const missingFolders = new Set<string>();
  const alarm = createAlarm(stop);
  const progress = createProgress();
  const vitals = createVitals(journal);
  const identity = createIdentityWatch(journal.journalId());
  const clock = createClockKeeper({ serverOffsetMs: () => client.clockOffsetMs() });
  const reserve = openReserve(join(settings.stateFolder, "reserve"));
  const write = <T>(change: () => Promise<T>) => reserve.run(change);
  const cardWrites = createCardWrites({
    store: {
      load: () => JSON.parse(journal.noted("card_writes") ?? "null") ?? undefined,
      save: (day) => journal.note("card_writes", JSON.stringify(day)),
    },
  });
  const space = createFreePass({
    journal,
    roots: [settings.spool, ...settings.freeFolders],
    folders: settings.folders,
    keepLocalMs: settings.keepLocalMs,
    maxDiskPercent: settings.maxDiskPercent,
    reserve,
    brakePath: join(settings.runtimeFolder, "capture-brake"),
    logger,
  });

  async function readDevice(within: AbortSignal): Promise<DeviceState> {
    const found = await client.device.get({ device: forDevice, signal: within });
    const target = { url: settings.url, bucket: client.bucket, deviceId: found.id };
    // Nothing is sent before the journal belongs to whom it is sent to.
    const bound = await journal.bindTarget(target, { newTarget: settings.newTarget });
    if (bound === "moved")
      logger.warn(target, "the journal has a new target: every file still here is queued again");
    device = found;
    vitals.expect(found.expectedIntervalS);
    return found;
  }

  let toldOf: UplinkState["kind"] = "connecting";
  const uplink = createUplink({
    probe: async () => void (await readDevice(cut.signal)),
    times,
    firstDelayMs: settings.firstDelayMs,
    signal: stop,
    onChange: (state) => {
      if (state.kind !== toldOf) tellOf(logger, state);
      toldOf = state.kind;
      alarm.ring();
    },
  });

  const describe = () =>
    describeAgent({
      uplink: uplink.state,
      stopping: stop.aborted,
      pausedUntil: device?.pausedUntil ?? null,
      nowMs: serverNow(),
      counts: journal.counts(),
      space: space.complaint,
      identity: identity.complaint,
      clock: clock.decide(),
      gapMs: vitals.gapMs(Date.now()),
      missingFolders: [...missingFolders],
      lastFailure: vitals.lastFailure,
      serviceKey: forDevice !== undefined,
    });
  const serverNow = () => Date.now() + (client.clockOffsetMs() ?? 0);

  function allowed(): number {
    const { state } = uplink;
    if (state.kind !== "open" || device === undefined) return 0;
    if (device.pausedUntil !== null && device.pausedUntil.getTime() > serverNow()) return 0;
    if (clock.decide().kind === "wait") return 0;
    return state.trial ? 1 : FILES_UNDER_WAY;
  }

  const uploader = client.captures.uploader({
    device: () => device as DeviceState,
    concurrency: settings.concurrency,
    decoders: 1,
    measures: settings.pictures,
    thumbnails: settings.pictures,
    signal: cut.signal,
  });

  async function upload(file: QueuedFile) {
    const { clock: stamp, ...said } = file.options;
    const done = vitals.begin();
    try {
      return await uploader.upload({
        series: settings.series,
        shotType: settings.shotType,
        ...said,
        source: file.path,
        placement: file.placement,
        proveDuplicates: true,
        onPlaced: (placement) => write(() => journal.place(file.id, placement)),
        correctTime: (time) => clock.correct(time, stamp),
      });
    } finally {
      done();
    }
  }

  const settle = createSettler({
    journal,
    uplink,
    times,
    write,
    onSettled: (file, what) => {
      vitals.settled(what);
      tellOfFile(logger, file, what);
    },
  });

  const heartbeat = createHeartbeat({
    client,
    journal,
    identity,
    vitals,
    version,
    device: forDevice,
    readDevice,
    describe,
    disk: () => space.disk,
    cardBytesWrittenToday: () => cardWrites.today(),
    clockSynchronised: () => (clock.decide().kind === "known" ? true : clock.synchronised),
  });

  async function beat(): Promise<void> {
    vitals.save();
    if (uplink.state.kind !== "open") return;
    try {
      await heartbeat(cut.signal);
    } catch (error) {
      if (!isPilabError(error)) throw error;
      if (error.code === "conflict") throw error;
      logger.debug({ err: error }, "the heartbeat did not arrive");
      await uplink.blame(error);
    }
  }

  async function confirm(): Promise<void> {
    if (uplink.state.kind !== "open" || device === undefined) return;
    const forDeviceId = forDevice === undefined ? undefined : device.id;
    try {
      const found = await confirmStored({
        journal,
        known: (hashes) => client.captures.known(hashes, { forDeviceId, signal: cut.signal }),
        afterMs: times.confirmAfterMs,
        signal: stop,
      });
      if (found.requeued > 0) {
        logger.warn(found, "the server has forgotten captures: what is still here goes up again");
        alarm.ring();
      }
    } catch (error) {
      if (!isPilabError(error)) throw error;
      await uplink.blame(error);
    }
  }

  /** Does something again and again; a fault in it ends the agent. */
  async function every(ms: number, name: string, work: () => Promise<void>): Promise<void> {
    const step = progress.begin(name, ms + STUCK_MS);
    while (!stop.aborted) {
      await work();
      step.touch();
      await abortableSleep(ms, stop).catch(() => {});
    }
    step.end();
  }

  const jumps = createJumpWatch();
  async function tick(): Promise<void> {
    const jumpedMs = jumps.check();
    if (jumpedMs !== 0) logger.warn({ jumpedMs }, "the clock was set");
    const wanted = journal.noted("hurry");
    if (wanted !== undefined) {
      journal.note("hurry", undefined);
      uplink.hurry();
    }
    const { state } = describe();
    notifier.setStatus(`${state}, ${queueText(journal)}`);
  }

  async function tellStatus(): Promise<void> {
    const { state, complaints } = describe();
    const { disk } = space;
    await writeAgentStatus(settings.runtimeFolder, {
      pid: process.pid,
      version,
      startedAt: startedAt.toISOString(),
      writtenAt: new Date().toISOString(),
      state,
      complaints,
      target: `${settings.url}, bucket ${client.bucket}${device === undefined ? "" : `, device ${device.slug}`}`,
      folders: [settings.spool, ...settings.folders],
      clock: { synchronised: clock.synchronised, offsetMs: client.clockOffsetMs() ?? null },
      disk: disk && {
        totalBytes: disk.totalBytes,
        availableBytes: disk.availableBytes,
        usedPercent: usedPercent(disk),
      },
      intervalMs: vitals.intervalMs(),
      lastUploadAt: vitals.lastUploadAt ?? null,
      pausedUntil: device?.pausedUntil?.toISOString() ?? null,
    }).catch((err: unknown) => logger.debug({ err }, "the status file was not written"));
  }

  mkdirSync(settings.spool, { recursive: true });
  await clock.look();
  await reserve.make();
  const feederStep = progress.begin("the queue", STUCK_MS);
  const loops: Promise<unknown>[] = [
    watchFolders({
      folders: [settings.spool, ...settings.folders],
      settleMs: settings.settleMs,
      sidecarWaitMs: settings.settleMs,
      knows: (file) => journal.knows(file),
      onFinished: async (file, note) => {
        const stamp = clock.stamp();
        const options = stamp === undefined ? file.options : { ...file.options, clock: stamp };
        await reserve.run(() => journal.add({ ...file, options }));
        if (note !== undefined) logger.warn({ path: file.path }, note);
        vitals.tookIn(Number(file.mtimeNs / 1_000_000n));
        alarm.ring();
      },
      onUnfinished: async (file, reason) => {
        await reserve.run(() => journal.addUnfit(file, reason));
        logger.warn({ path: file.path, reason }, "quarantined: no whole capture; the file stays where it is");
      },
      onFolder: (folder, state) => {
        if (state === "missing") missingFolders.add(folder);
        else missingFolders.delete(folder);
        logger.info({ folder, state }, "folder");
      },
      onTrouble: (err, path) => logger.warn({ err, path }, "passed over"),
      signal: stop,
    }),
    uplink.run(),
    runFeeder({
      journal,
      order: settings.order,
      allowed,
      upload,
      settle,
      alarm,
      onRound: () => feederStep.touch(),
      signal: stop,
    }),
    every(times.heartbeatMs, "the heartbeat", beat),
    every(times.heartbeatMs, "the clock", () => clock.look()),
    every(times.confirmEveryMs, "the second look", confirm),
    every(times.spaceEveryMs, "the look at the disk", () => space.run()),
    every(TICK_MS, "the agent", tick),
    every(
      settings.runtimeFolder === settings.stateFolder ? times.heartbeatMs : STATUS_MS,
      "the status",
      tellStatus,
    ),
    runWatchdog({
      notifier,
      env,
      stuck: () => progress.stuck(),
      onStuck: (what) => logger.error({ what }, "something hangs"),
      signal: stop,
    }),
  ];
  const ended = Promise.all(
    loops.map((loop) =>
      loop.catch((error: unknown) => {
        fault.abort(error);
        throw error;
      }),
    ),
  );
  ended.catch(() => {});
  logger.info({ folders: [settings.spool, ...settings.folders], target: settings.url }, "ready");
  await notifier.ready("taking captures in");

  await new Promise<void>((resolve) => {
    if (stop.aborted) resolve();
    stop.addEventListener("abort", () => resolve(), { once: true });
  });
  void notifier.stopping("finishing what is under way");
  const grace = setTimeout(() => cut.abort(new PilabError("aborted", "the agent stops")), times.stopGraceMs);
  try {
    await Promise.allSettled(loops);
    vitals.save();
    await tellStatus();
  } finally {
    clearTimeout(grace);
  }
  if (fault.signal.aborted) throw fault.signal.reason;
}

/** Beyond its own rhythm a loop may take so long before it counts as hanging. */
const STUCK_MS = 10 * 60_000;

function queueText(journal: Journal): string {
  const { queued, placed } = journal.counts();
  const files = queued.files + placed.files;
  return files === 0
    ? "nothing waits"
    : `${countText(files, "file")} of ${sizeText(queued.bytes + placed.bytes)} wait`;
}

function tellOf(logger: PilabLogger, state: UplinkState): void {
  if (state.kind === "open") logger.info("connected");
  else if (state.kind === "refused")
    logger.error(
      { err: state.error, hint: state.error.hint },
      "the server refuses this device: uploads stop, captures are taken in, and it is tried again in 15 minutes",
    );
  else if (state.kind === "away")
    logger.warn({ err: state.error }, "the server is away: captures are taken in, and it is tried again");
}

function tellOfFile(logger: PilabLogger, file: QueuedFile, { as, outcome }: Settled): void {
  const { objectPath, reason, notes } = outcome;
  const fields = {
    path: file.path,
    outcome: outcome.outcome,
    objectPath,
    reason,
    notes: notes.length ? notes : undefined,
  };
  if (as === "stored") logger.debug(fields, as);
  else if (as === "waits") logger.debug(fields, "waits for the server");
  else logger.warn(fields, as);
}
