/** What one error code means to whoever meets it. */
export interface ErrorKind {
  /** Another try of the same call, a moment later, may succeed though nobody changed anything. */
  readonly retryable: boolean;
  /** What a web surface of ours answers with. */
  readonly httpStatus: number;
  /** What a command ends with: 1 failed, 2 wrong usage or configuration, 3 partly done, 75 try again later. */
  readonly exitCode: 1 | 2 | 3 | 75;
}

/** Every code that a {@link PilabError} can carry. */
export const ERRORS = {
  /** A value given by the caller breaks its contract. */
  invalid_input: { retryable: false, httpStatus: 400, exitCode: 2 },
  /** A variable of the environment is missing or wrong. */
  invalid_environment: { retryable: false, httpStatus: 500, exitCode: 2 },
  /** No token, or a bad or expired one. */
  not_signed_in: { retryable: false, httpStatus: 401, exitCode: 1 },
  /** Row-level security or the role says no, with a token that is good. */
  forbidden: { retryable: false, httpStatus: 403, exitCode: 1 },
  not_found: { retryable: false, httpStatus: 404, exitCode: 1 },
  bucket_missing: { retryable: false, httpStatus: 404, exitCode: 1 },
  already_exists: { retryable: false, httpStatus: 409, exitCode: 1 },
  /** The state of the thing forbids the change: purging, an offset that moved, a constraint. */
  conflict: { retryable: false, httpStatus: 409, exitCode: 1 },
  too_large: { retryable: false, httpStatus: 413, exitCode: 1 },
  unsupported_type: { retryable: false, httpStatus: 415, exitCode: 1 },
  rate_limited: { retryable: true, httpStatus: 429, exitCode: 75 },
  /** No answer came: DNS, connection refused, reset, cut. */
  network: { retryable: true, httpStatus: 502, exitCode: 75 },
  timeout: { retryable: true, httpStatus: 504, exitCode: 75 },
  /** The server says that it cannot now: 503, a lock, a deadlock, no free connection. */
  server_busy: { retryable: true, httpStatus: 503, exitCode: 75 },
  /** The server failed on its own: 500, 502. */
  server_error: { retryable: true, httpStatus: 502, exitCode: 75 },
  /** Verification found other bytes, or the answer makes no sense. */
  server_lied: { retryable: false, httpStatus: 502, exitCode: 1 },
  /** The caller's AbortSignal, or Ctrl-C. */
  aborted: { retryable: false, httpStatus: 499, exitCode: 1 },
  /** Some items are done, others are not; `details` says which or how many. */
  partly_done: { retryable: false, httpStatus: 207, exitCode: 3 },
  file_empty: { retryable: false, httpStatus: 422, exitCode: 1 },
  file_truncated: { retryable: false, httpStatus: 422, exitCode: 1 },
  /** The bytes are no picture and no video that PiLab knows. */
  not_a_capture: { retryable: false, httpStatus: 422, exitCode: 1 },
  /** The file changed while it was read, so it is not finished. */
  file_changed: { retryable: false, httpStatus: 409, exitCode: 1 },
  file_unreadable: { retryable: false, httpStatus: 422, exitCode: 1 },
  /** The object path holds other bytes than ours. */
  path_conflict: { retryable: false, httpStatus: 409, exitCode: 1 },
  /** Another process holds the lock or the lease. */
  lock_held: { retryable: true, httpStatus: 423, exitCode: 75 },
  port_taken: { retryable: false, httpStatus: 500, exitCode: 1 },
  /** A fault of ours. */
  internal: { retryable: false, httpStatus: 500, exitCode: 1 },
} as const satisfies Record<string, ErrorKind>;

/** A key of {@link ERRORS}. */
export type ErrorCode = keyof typeof ERRORS;

/** What {@link PilabError} takes besides its code and message. */
export interface PilabErrorOptions {
  /** The next step for the reader: a command, a variable, a place to look. */
  hint?: string | undefined;
  /** The error this one was made of. */
  cause?: unknown;
  /** Facts for programs and logs; never a key, password or token. */
  details?: Record<string, unknown> | undefined;
}

// Symbol.for: two copies of this package in one process still know each other's errors.
const BRAND = Symbol.for("@pilab/schema.PilabError");

/**
 * The one error type of PiLab. The message says what failed, on what, what was got and what was wanted.
 *
 * @example throw new PilabError("too_large", "frame.jpg has 30 MB, the limit is 25 MB", { hint: "Raise MAX_FILE_SIZE." });
 */
export class PilabError extends Error {
  override readonly name = "PilabError";
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly details: Record<string, unknown> | undefined;

  constructor(code: ErrorCode, message: string, { hint, cause, details }: PilabErrorOptions = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.hint = hint;
    this.details = details;
    Object.defineProperty(this, BRAND, { value: true });
  }
}

/** Tells a {@link PilabError} from any other value, also one thrown by another copy of this package. */
export function isPilabError(value: unknown): value is PilabError {
  return typeof value === "object" && value !== null && (value as Record<symbol, unknown>)[BRAND] === true;
}
