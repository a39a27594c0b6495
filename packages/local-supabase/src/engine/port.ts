/** One open transaction. It is valid until the function it was given to returns. */
export interface Tx {
  /** Runs one statement with `$1…` parameters. For json and jsonb give JSON text: the engines read objects and arrays differently. */
  query<R = Record<string, unknown>>(
    sql: string,
    params?: unknown[],
  ): Promise<{ rows: R[]; affected: number }>;
  /** Runs any number of statements without parameters. */
  exec(sql: string): Promise<void>;
}

/** A Postgres, seen as its owner. Requests never get this: they go through the gate. */
export interface Engine {
  readonly kind: "pglite" | "postgres";
  /**
   * Runs `fn` in one transaction as the owning role and commits unless it throws. Keep it short: PGlite runs one
   * transaction at a time, so calling this from inside `fn` waits for ever.
   */
  transaction<T>(fn: (tx: Tx) => Promise<T>): Promise<T>;
  /** Runs statements outside a transaction of ours (VACUUM, for one). */
  exec(sql: string): Promise<void>;
  /** Calls `callback` with every payload notified on the channel, until the returned function is called. */
  listen(channel: string, callback: (payload: string) => void): Promise<() => Promise<void>>;
  close(): Promise<void>;
}
