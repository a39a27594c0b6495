import type { EnvironmentSource } from "../env.ts";
import type { Output } from "../upload/reporter.ts";

/** What a command works with besides its arguments. */
export interface CommandContext {
  readonly source: EnvironmentSource;
  readonly output: Output;
  /** SIGTERM, Ctrl-C. */
  readonly signal: AbortSignal;
}
