import { hostname, userInfo } from "node:os";
import { createLogger, type PilabLogger } from "@pilab/logging";
import { type ClientOptions, createPilabClient, type PilabClient } from "@pilab/storage-core";
import type { CommandContext } from "./commands/command-context.ts";
import { readEnvironment, type WorkerEnvironment } from "./env.ts";

/** What every job of the worker is given. */
export interface Worker {
  /** With the service key. */
  readonly client: PilabClient;
  readonly environment: WorkerEnvironment;
  /** The whole environment: channels of alerts name variables of it. */
  readonly source: CommandContext["source"];
  readonly logger: PilabLogger;
  /** Who holds a lease, for a person to read: host, process and command. */
  readonly holder: string;
  /** A client that acts for somebody else, whom the audit log then names as the claimed actor. Close it. */
  actingFor(actor: string): PilabClient;
  close(): Promise<void>;
}

/** Settings of {@link openWorker}. */
export interface OpenOptions {
  readonly command: string;
  readonly log?: "file" | "stdout" | undefined;
  /** Of the clients, beyond the environment. */
  readonly client?: Pick<ClientOptions, "idleTimeoutMs"> | undefined;
}

/**
 * Reads the environment and makes client and logger; sends nothing. A command tells its result on stdout and logs to LOG_DIR
 * alone; `serve` logs to stdout.
 */
export function openWorker(
  { source }: Pick<CommandContext, "source">,
  { command, log = "file", client: settings }: OpenOptions,
): Worker {
  const environment = readEnvironment(source);
  const logger = createLogger({
    app: "retention",
    ...environment.log,
    ...(log === "file" && { destination: { write() {} } }),
  });
  const connect = (actor: string) =>
    createPilabClient({
      ...environment.storage,
      url: environment.supabase.url,
      serviceKey: environment.supabase.serviceKey,
      retry: environment.retry,
      chunks: environment.chunks,
      actor,
      logger,
      ...settings,
    });
  const client = connect(log === "stdout" ? "retention-worker" : `${userInfo().username}@${hostname()}`);
  return {
    client,
    environment,
    source,
    logger,
    holder: `${hostname()} process ${process.pid}, pilab-retention ${command}`,
    actingFor: connect,
    async close() {
      await client.close();
      await logger.close();
    },
  };
}

/** Opens the worker for one command, and closes it however that ends. */
export async function withWorker<T>(
  context: CommandContext,
  command: string,
  work: (worker: Worker) => Promise<T>,
): Promise<T> {
  const worker = openWorker(context, { command });
  try {
    return await work(worker);
  } finally {
    await worker.close();
  }
}
