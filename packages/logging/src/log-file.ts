import { mkdirSync } from "node:fs";
import { PilabError } from "@pilab/schema";
import { createStream, type RotatingFileStream } from "rotating-file-stream";

const REOPEN_AFTER_MS = 60_000;
// Lines waiting for a card that does not answer; more are dropped rather than held in memory.
const WAITING_BYTES_MAX = 4 * 1024 * 1024;

/** Where a {@link LogFile} lies and how large it gets. */
export interface LogFileOptions {
  /** Folder, made when it is missing. */
  logDir: string;
  fileName: string;
  /** The file is rotated when it has this size. Bytes. */
  maxSizeBytes: number;
  /** Rotated files kept beside it (`.1` is the newest). */
  maxFiles: number;
  now: () => number;
  /** Told once when the file cannot be written; lines are dropped until it can be opened again. */
  onLost: (error: Error) => void;
}

/** A rotating log file that outlives a full disk: it drops its lines, and tries again each minute. */
export class LogFile {
  readonly #options: LogFileOptions;
  #stream: RotatingFileStream | undefined;
  #reopenAt = 0;

  /** @throws PilabError `invalid_environment` when the folder cannot be made */
  constructor(options: LogFileOptions) {
    this.#options = options;
    try {
      mkdirSync(options.logDir, { recursive: true });
    } catch (cause) {
      const hint = "Set LOG_DIR to a folder that this user can write.";
      throw new PilabError("invalid_environment", `LOG_DIR ${options.logDir} cannot be made`, {
        hint,
        cause,
      });
    }
  }

  /** Queues a line. Never throws and never waits. */
  write(line: string): void {
    if (!this.#stream && this.#options.now() < this.#reopenAt) return;
    this.#stream ??= this.#open();
    if (this.#stream.writableLength < WAITING_BYTES_MAX) this.#stream.write(line);
  }

  /** Writes what is queued and closes the file; a later line opens it again. */
  async close(): Promise<void> {
    const stream = this.#stream;
    this.#stream = undefined;
    if (!stream || stream.destroyed) return;
    await new Promise<void>((resolve) => {
      stream.once("close", resolve);
      stream.end();
    });
  }

  #open(): RotatingFileStream {
    const { fileName, logDir, maxFiles, maxSizeBytes, now, onLost } = this.#options;
    const stream = createStream(fileName, {
      path: logDir,
      size: `${maxSizeBytes}B`,
      rotate: maxFiles,
      mode: 0o640,
    });
    stream.on("error", (error) => {
      if (this.#stream !== stream) return;
      this.#stream = undefined;
      this.#reopenAt = now() + REOPEN_AFTER_MS;
      onLost(error);
    });
    return stream;
  }
}
