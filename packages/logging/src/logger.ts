import { createRequire } from "node:module";
import { hostname } from "node:os";
import { PilabError } from "@pilab/schema";
import {
  type DestinationStream,
  type Logger,
  type LoggerOptions,
  multistream,
  destination as openDestination,
  pino,
} from "pino";
import { correlationId } from "./correlation.ts";
import { LogFile } from "./log-file.ts";
import { redactKeys, redactText } from "./redact.ts";

/** What {@link createLogger} takes. */
export interface CreateLoggerOptions {
  /** Name of the program: field `app` of every line, and part of the file's name. Letters, digits, `.`, `_`, `-`. */
  app: string;
  /** The least level that is written. LOG_LEVEL. Default info. */
  level?: "trace" | "debug" | "info" | "warn" | "error" | "fatal" | "silent" | undefined;
  /** What stdout gets: JSON lines, or text for people. LOG_FORMAT. Default json. */
  format?: "json" | "pretty" | undefined;
  /** Folder of `pilab.<app>.log`, which gets JSON lines besides stdout. LOG_DIR. Default: no file. */
  logDir?: string | undefined;
  /** The file is rotated at this size, in bytes. Default 10485760. */
  logFileSizeBytes?: number | undefined;
  /** Rotated files that are kept. Default 5. */
  logFileCount?: number | undefined;
  /** Replaces stdout. */
  destination?: DestinationStream | undefined;
  /** Time of day in milliseconds. Default Date.now. */
  now?: (() => number) | undefined;
}

/** A pino logger that can be closed. Children share its outputs. */
export type PilabLogger = Logger & {
  /** Writes out what the log file still queues. Call it as the last thing in `main`; stdout is never behind. */
  close(): Promise<void>;
};

/**
 * Makes the logger of a program: JSON lines with `level`, `time` (ISO 8601, UTC), `app`, `pid`, `hostname`, the
 * correlation id of {@link withCorrelation}, and no secrets.
 *
 * @example const log = createLogger({ app: "uploader", ...parseEnvironment(logEnv, process.env) });
 */
export function createLogger(options: CreateLoggerOptions): PilabLogger {
  const { app, level = "info", format = "json", logDir, now = Date.now } = options;
  if (!/^[\w.-]+$/.test(app)) {
    throw new PilabError(
      "invalid_input",
      `createLogger: app is "${app}", it must be letters, digits, ".", "_" and "-"`,
    );
  }
  const console_ = openConsole(format, options.destination);
  const file = logDir === undefined ? undefined : openFile(options, logDir, (error) => lost(error));
  const output = file
    ? multistream([console_, file].map((stream) => ({ stream, level: "trace" as const })))
    : console_;
  const logger = pino(
    { ...pinoOptions(now), level, base: { app, pid: process.pid, hostname: hostname() } },
    output,
  );

  /** Only to the console: the file is what was lost. */
  function lost(err: Error): void {
    pino({ ...pinoOptions(now), base: { app } }, console_).error(
      { err, logDir },
      "log file lost, trying again in a minute",
    );
  }

  const close = async () => {
    await file?.close();
  };
  return Object.assign(logger, { close });
}

function pinoOptions(now: () => number): LoggerOptions {
  return {
    timestamp: () => `,"time":"${new Date(now()).toISOString()}"`,
    mixin: () => (correlationId() ? { correlation_id: correlationId() } : {}),
    // Errors are turned into plain objects by redactKeys, which sees every depth; pino's own serializer would not.
    serializers: { err: (value: unknown) => value },
    depthLimit: 10,
    formatters: {
      level: (label) => ({ level: label }),
      bindings: redactKeys,
      log: redactKeys,
    },
    hooks: { streamWrite: redactText },
  };
}

function openConsole(
  format: "json" | "pretty",
  destination: DestinationStream | undefined,
): DestinationStream {
  // Synchronous: a line that was logged has left the process, whatever happens next.
  const out = destination ?? openDestination({ fd: 1, sync: true });
  if (format === "json") return out;
  // Loaded only here: it costs every start of a program 25 ms, and a Pi never asks for it.
  const { prettyFactory } = createRequire(import.meta.url)("pino-pretty") as typeof import("pino-pretty");
  const pretty = prettyFactory({
    colorize: destination === undefined && process.stdout.isTTY,
    translateTime: "SYS:HH:MM:ss.l",
    ignore: "pid,hostname,app",
  });
  return { write: (line) => out.write(pretty(line)) };
}

function openFile(options: CreateLoggerOptions, logDir: string, onLost: (error: Error) => void): LogFile {
  const { app, logFileSizeBytes = 10 * 1024 * 1024, logFileCount = 5, now = Date.now } = options;
  const limits = { maxSizeBytes: logFileSizeBytes, maxFiles: logFileCount };
  return new LogFile({ logDir, fileName: `pilab.${app}.log`, ...limits, now, onLost });
}
