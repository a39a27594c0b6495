/** Something that `serve` does again and again. It never overlaps itself; one that throws is logged and tried next time. */
export interface Job {
  readonly name: string;
  /** Milliseconds from one end to the next start, the first at once; or a cron expression. */
  readonly every: number | string;
  /** Zone of a cron expression (IANA). Default: this machine's. */
  readonly timeZone?: string | undefined;
  /** `signal`: the worker is told to stop; end within seconds. */
  run(signal: AbortSignal): Promise<void>;
  /** Resolves when nothing that it started is under way; asked once it was told to stop. */
  ended?(): Promise<void>;
}
