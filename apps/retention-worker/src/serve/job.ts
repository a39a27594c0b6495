/** Something that `serve` does again and again. It never overlaps itself; one that throws is logged and tried next time. */
export interface Job {
  readonly name: string;
  /** Milliseconds between starts, the first at once; or a cron expression, by the worker's time zone. */
  readonly every: number | string;
  /** `signal`: the worker is told to stop; end within seconds. */
  run(signal: AbortSignal): Promise<void>;
}
