import { mkdir } from "node:fs/promises";
import { uptime } from "node:os";
import type { PilabLogger } from "@pilab/logging";
import manifest from "../../package.json" with { type: "json" };
import { createJournalRoom } from "../agent/journal-room.ts";
import { runAgent } from "../agent/run-agent.ts";
import { createSessionStore } from "../agent/session-store.ts";
import { type RunFlags, readSettings } from "../agent/settings.ts";
import { AGENT_TIMES, type AgentTimes } from "../agent/times.ts";
import { createBandwidthLimiter } from "../bwlimit/index.ts";
import { type ConnectOptions, connect } from "../connection.ts";
import { isJournalBroken, openJournal } from "../journal/journal.ts";
import { createNotifier } from "../systemd/index.ts";

/** What `run` works with besides its options. */
export interface RunContext extends Omit<ConnectOptions, "client" | "warn"> {
  logger: PilabLogger;
  /** SIGTERM, Ctrl-C. */
  signal: AbortSignal;
  /** Only tests run faster. */
  times?: Partial<AgentTimes>;
  /** Where /run and /sys hang. Default "/"; only tests have others. */
  root?: string;
}

/** A machine that booted so lately has just got its power back, and with it perhaps a whole lab. */
const JUST_BOOTED_S = 300;

/** The agent: opens the journal, connects, works until it is told to stop. Gives the exit code. */
export async function runRun(flags: RunFlags, context: RunContext): Promise<number> {
  const { environment, source, logger, signal } = context;
  const times = { ...AGENT_TIMES, ...context.times };
  const settings = readSettings(flags, source);
  // An agent that was killed on a full disk may have left its reserve, and opening a journal writes.
  await mkdir(settings.stateFolder, { recursive: true, mode: 0o700 });
  await createJournalRoom(settings.stateFolder, logger).look();
  const journal = openJournal({
    folder: settings.stateFolder,
    onLost: (err) => logger.error({ err }, "the journal lost changes: a scan finds those files again"),
  });
  if (journal.setAside !== undefined) {
    logger.error(
      { path: journal.setAside },
      "the journal was broken and is set aside; every file still here goes up again",
    );
  }
  const limiter = settings.bandwidth && createBandwidthLimiter(settings.bandwidth);
  try {
    const { client, url, description } = await connect(flags, {
      environment,
      source,
      warn: (message) => logger.warn(message),
      client: {
        logger,
        verify: flags.verify,
        idleTimeoutMs: times.idleTimeoutMs,
        resumeStore: journal.resumeStore,
        session: {
          store: createSessionStore(journal),
          random: Math.random,
        },
        ...(limiter && { throttle: (bytes, within) => limiter.take(bytes, within) }),
      },
    });
    if (flags.serviceKey)
      logger.warn("the service key may do everything: give this machine its device's own account");
    logger.info(`uploading to ${description}`);
    const firstDelayMs = uptime() < JUST_BOOTED_S ? Math.random() * times.signInSpreadMs : 0;
    try {
      await runAgent({
        settings: { ...settings, url, firstDelayMs, maxFileSizeBytes: environment.storage.maxFileSizeBytes },
        client,
        journal,
        notifier: createNotifier({ env: source }),
        logger,
        env: source,
        times,
        version: manifest.version,
        root: context.root,
        signal,
      });
    } finally {
      await client.close();
    }
    return 0;
  } catch (error) {
    if (isJournalBroken(error)) journal.condemn();
    throw error;
  } finally {
    journal.close();
  }
}
