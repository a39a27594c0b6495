import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { PilabLogger } from "@pilab/logging";
import { isPilabError, PilabError } from "@pilab/schema";
import type { DeviceClient } from "@pilab/storage-core/device";
import { readSynchronised } from "../clock/index.ts";
import { createCardWrites, createPowerWatch, readThrottling } from "../health/index.ts";
import { createAlarm } from "../intake/alarm.ts";
import type { Journal } from "../journal/journal.ts";
import { usedPercent } from "../space/index.ts";
import { createProgress, type Notifier, runWatchdog } from "../systemd/index.ts";
import { createClockKeeper } from "./clock-keeper.ts";
import { confirmStored } from "./confirm-pass.ts";
import { describeAgent } from "./describe-agent.ts";
import { createDeviceLink, isWrongTarget } from "./device-link.ts";
import { runFeeder } from "./feeder.ts";
import { createForgetPass } from "./forget-pass.ts";
import { createFreePass } from "./free-pass.ts";
import { createHeartbeat } from "./heartbeat.ts";
import { createIdentityWatch } from "./identity-watch.ts";
import { createJournalRoom } from "./journal-room.ts";
import { createLoops, STUCK_MS } from "./loops.ts";
import { createRecheck } from "./recheck.ts";
import type { AgentSettings } from "./settings.ts";
import { createSettler } from "./settle-outcome.ts";
import { writeAgentStatus } from "./status-file.ts";
import { takeIn } from "./take-in.ts";
import { queueText, tellFile } from "./tell.ts";
import type { AgentTimes } from "./times.ts";
import { createFileUpload } from "./upload-file.ts";
import { createUploadWatch } from "./upload-watch.ts";
import { createVitals } from "./vitals.ts";

/** What {@link runAgent} works with. */
export interface AgentParts {
  readonly settings: AgentSettings;
  readonly client: DeviceClient;
  readonly journal: Journal;
  readonly notifier: Notifier;
  readonly logger: PilabLogger;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly times: AgentTimes;
  readonly version: string;
  /** Where /run and /sys hang. Default "/". */
  readonly root?: string | undefined;
  /** SIGTERM. */
  readonly signal: AbortSignal;
}

const TICK_MS = 1000;
const DAY_MS = 24 * 60 * 60_000;
/** On a memory disk; on the card only with each heartbeat. */
const STATUS_MS = 5000;
/** A dip between two looks is in the firmware's memory, the first one of each boot. */
const POWER_MS = 10_000;

/**
 * Works until the signal aborts: takes captures in, brings them to the server, keeps the disk and the server informed.
 * Then finishes or parks what is under way. Rejects with what no waiting mends.
 */
export async function runAgent(parts: AgentParts): Promise<void> {
  const { settings, client, journal, notifier, logger, env, times, version, root = "/" } = parts;
  const fault = new AbortController();
  const stop = AbortSignal.any([parts.signal, fault.signal]);
  const cutting = new AbortController();
  const cut = cutting.signal;
  const startedAt = new Date();
  const missing = new Set<string>();
  const queue = createAlarm(stop);
  const progress = createProgress();
  const room = createJournalRoom(settings.stateFolder, logger);
  const { reserve, outlasts } = room;
  const loops = createLoops({ progress, stop: fault, signal: stop, outlasts });
  const vitals = createVitals(journal);
  const power = createPowerWatch(() => readThrottling({ root }));
  const identity = createIdentityWatch(journal.journalId());
  const clock = createClockKeeper({
    serverOffsetMs: () => client.clockOffsetMs(),
    readSynchronised: () => readSynchronised({ root }),
    onSet: (jumpedMs) => logger.warn({ jumpedMs }, "the clock was set"),
  });
  const write = <T>(change: () => Promise<T>) => reserve.run(change);
  const cardWrites = createCardWrites({
    store: {
      load: () => JSON.parse(journal.noted("card_writes") ?? "null") ?? undefined,
      save: (day) => journal.note("card_writes", JSON.stringify(day)),
    },
  });
  const space = createFreePass({
    ...settings,
    freeEveryMs: times.freeEveryMs,
    journal,
    roots: [settings.spool, ...settings.freeFolders],
    mayGo: async (files) => {
      let answer: ReadonlySet<number> | null = null;
      await online(async () => {
        answer = await recheck.mayGo(files);
      });
      return answer;
    },
    // By this clock as it may be after a boot, what was stored before it seems to lie in the future.
    now: () => {
      const found = clock.decide();
      return Date.now() + (found.kind === "known" ? found.offsetMs : 0);
    },
    reserve,
    brakePath: join(settings.runtimeFolder, "capture-brake"),
    logger,
  });
  const link = createDeviceLink({
    ...{ client, journal, settings, clock, times, progress, logger, stop },
    onDevice: ({ expectedIntervalS }) => vitals.expect(expectedIntervalS),
    onChange: ({ kind }) => {
      if (kind === "refused") upload.interrupt();
      queue.ring();
      heartbeats.ring();
      statuses.ring();
    },
  });
  const { uplink } = link;
  const upload = createFileUpload({ client, journal, settings, link, clock, write, signal: cut });
  const settle = createSettler({
    ...{ journal, uplink, times, write, outlasts },
    onSettled: (file, what) => {
      vitals.settled(what);
      tellFile(logger, file, what);
    },
  });

  const describe = () =>
    describeAgent({
      uplink: uplink.state,
      stopping: stop.aborted,
      pausedUntil: link.device?.pausedUntil ?? null,
      nowMs: link.serverNowMs(),
      counts: journal.counts(),
      space: [space.complaint, room.complaint].filter((text) => text !== null).join(" ") || null,
      refusal: space.refusal,
      identity: identity.complaint,
      power: power.complaint,
      clock: clock.decide(),
      gapMs: vitals.gapMs(Date.now()),
      missingFolders: [...missing],
      lastFailure: vitals.lastFailure,
      vanished: journal.vanishedSince(Date.now() - DAY_MS),
      serviceKey: settings.device !== undefined,
    });

  const heartbeat = createHeartbeat({
    ...{ client, journal, identity, vitals, power, version, describe },
    device: settings.device,
    readDevice: link.read,
    disk: () => space.disk,
    cardBytesWrittenToday: () => cardWrites.today(),
    clockSynchronised: () => clock.decide().kind === "known" || clock.synchronised,
  });

  /** What a server that is away, or refuses, may spoil: the uplink is told, and it is done again another time. */
  async function online(work: () => Promise<void>, evenRefused = false): Promise<void> {
    const { state } = uplink;
    // Uploads may be refused to one whose word is taken still; not to one who cannot sign in.
    const isHeard = evenRefused && state.kind === "refused" && state.error.code !== "not_signed_in";
    if (state.kind !== "open" && !isHeard) return;
    try {
      await work();
    } catch (error) {
      if (!isPilabError(error) || isWrongTarget(error)) throw error;
      logger.debug({ err: error }, "the server did not answer");
      await uplink.blame(error);
    }
  }

  const known = (hashes: readonly string[]) => {
    const forDeviceId = settings.device === undefined ? undefined : link.device?.id;
    return client.captures.known(hashes, { forDeviceId, signal: cut });
  };

  function onRequeued(requeued: number): void {
    logger.warn({ requeued }, "the server has forgotten captures: what is still here goes up again");
    queue.ring();
  }

  const recheck = createRecheck({
    ...{ journal, known, write, outlasts, onRequeued },
    everyMs: times.recheckEveryMs,
  });

  async function confirm(onBatch: () => void): Promise<void> {
    const found = await confirmStored({
      ...{ journal, known, onBatch },
      afterMs: times.confirmAfterMs,
      signal: stop,
    });
    if (found.confirmed > 0) logger.debug(found, "looked a second time");
    if (found.requeued > 0) onRequeued(found.requeued);
    await recheck.walk();
  }

  /** The limit may have been raised since they were set aside. */
  async function requeueFitting(): Promise<void> {
    const maxSizeBytes = settings.maxFileSizeBytes;
    const files = await write(() => journal.requeue({ state: "too_large", maxSizeBytes }));
    if (files === 0) return;
    logger.info({ files }, "too large before, tried again by the limit of now");
    queue.ring();
  }

  async function tick(): Promise<void> {
    clock.tick();
    if (journal.noted("hurry") !== undefined) {
      journal.note("hurry", undefined);
      uplink.hurry();
      await requeueFitting();
    }
    notifier.setStatus(`${describe().state}, ${queueText(journal)}`);
  }

  async function tellStatus(): Promise<void> {
    const { device } = link;
    const { disk } = space;
    await writeAgentStatus(settings.runtimeFolder, {
      ...describe(),
      pid: process.pid,
      version,
      startedAt: startedAt.toISOString(),
      writtenAt: new Date().toISOString(),
      target: `${settings.url}, bucket ${client.bucket}${device === undefined ? "" : `, device ${device.slug}`}`,
      folders: [settings.spool, ...settings.folders],
      clock: { synchronised: clock.synchronised, offsetMs: client.clockOffsetMs() ?? null },
      disk: disk && { ...disk, usedPercent: usedPercent(disk) },
      intervalMs: vitals.intervalMs(),
      lastUploadAt: vitals.lastUploadAt ?? null,
      pausedUntil: device?.pausedUntil?.toISOString() ?? null,
    }).catch((err: unknown) => logger.debug({ err }, "the status file was not written"));
  }

  await mkdir(settings.spool, { recursive: true });
  await mkdir(settings.runtimeFolder, { recursive: true });
  await clock.look();
  await requeueFitting().catch((error: unknown) => {
    if (!outlasts(error)) throw error;
  });
  const heartbeats = loops.every("the heartbeat", times.heartbeatMs, async () => {
    vitals.save();
    await online(() => heartbeat(cut), true);
  });
  const isOnCard = settings.runtimeFolder === settings.stateFolder;
  const statuses = loops.every("the status", isOnCard ? times.heartbeatMs : STATUS_MS, tellStatus);
  loops.every("the power", POWER_MS, async () => {
    // A machine that does not tell is asked with each heartbeat alone: the answer may cost a process.
    if (power.since !== null) await power.look();
  });
  loops.every("the clock", times.heartbeatMs, () => clock.look());
  loops.every("the second look", times.confirmEveryMs, (touch) => online(() => confirm(touch)));
  loops.every("the look at the disk", times.spaceEveryMs, async (touch) => {
    await room.look();
    await space.run(touch);
  });
  const forget = createForgetPass({
    ...{ journal, write, keepProofsMs: settings.keepProofsMs },
    isClockRight: () => clock.stamp() === undefined,
  });
  loops.every("old proofs", times.forgetEveryMs, async () => {
    journal.resumeStore.prune();
    const forgotten = await forget();
    if (forgotten > 0) logger.info({ proofs: forgotten }, "dropped old proofs from the journal");
  });
  loops.every("the agent", TICK_MS, tick);
  loops.add(uplink.run());
  const feeding = progress.begin("the queue", STUCK_MS);
  const bringing = createUploadWatch(progress, client.storageBytes);
  loops.add(
    runFeeder({
      ...{ journal, settle, alarm: queue, signal: stop },
      order: settings.order,
      allowed: () => (room.isFull ? 0 : link.allowed()),
      upload: async (file) => {
        const done = vitals.begin();
        return await upload(file).finally(done);
      },
      onRound(underWay, settled) {
        feeding.touch();
        bringing(underWay, settled);
      },
    }),
  );
  const onTaken = (mtimeMs: number) => {
    vitals.tookIn(mtimeMs);
    queue.ring();
  };
  const onUnfit = vitals.quarantined;
  loops.add(
    takeIn({
      settings,
      journal,
      clock,
      reserve,
      logger,
      times,
      progress,
      onTaken,
      onUnfit,
      missing,
      signal: stop,
    }),
  );
  loops.add(
    runWatchdog({
      ...{ notifier, env, signal: stop },
      stuck: () => progress.stuck(),
      onStuck: (what) => logger.error({ what }, "something hangs"),
    }),
  );
  logger.info({ folders: [settings.spool, ...settings.folders], ...journal.counts() }, "ready");
  await notifier.ready("taking captures in");

  await loops.firstEnd();
  void notifier.stopping("finishing what is under way");
  const parked = new PilabError("aborted", "The agent stops");
  const grace = setTimeout(() => cutting.abort(parked), times.stopGraceMs);
  try {
    await loops.end();
  } finally {
    clearTimeout(grace);
    vitals.save();
    await tellStatus();
  }
}
