export { abortableSleep } from "./abortable-sleep.ts";
export { type BackoffOptions, backoffDelayMs } from "./backoff.ts";
export { type Classification, classify } from "./classify.ts";
export { type Attempt, type AttemptReport, type RetryOptions, retry } from "./retry.ts";
export { parseRetryAfter } from "./retry-after.ts";
