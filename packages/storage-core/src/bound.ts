import { correlationId, withCorrelation } from "@pilab/logging";
import type { PilabContext } from "./context.ts";

/** A verb, without its context. */
export type Bound<F> = F extends (ctx: PilabContext, ...rest: infer Rest) => infer Result
  ? (...rest: Rest) => Result
  : never;

/** What changes something has a correlation id: the caller's, or one of its own. */
export function asJob<T>(work: () => T): T {
  return withCorrelation(correlationId(), work);
}
