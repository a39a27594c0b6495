import type { EnvironmentSource } from "../env.ts";

/** Where a command writes: results to `out`, what goes wrong to `err`. */
export interface Output {
  out(text: string): void;
  err(text: string): void;
}

/** What a command works with besides its arguments. */
export interface CommandContext {
  readonly source: EnvironmentSource;
  readonly output: Output;
  /** SIGTERM, Ctrl-C. */
  readonly signal: AbortSignal;
}

/** Makes a Commander action of a command's work: hands it the context, keeps its exit code, ends it on a signal. */
export type Start = <Args extends unknown[]>(
  work: (context: CommandContext, ...args: Args) => Promise<number>,
) => (...args: Args) => Promise<void>;
