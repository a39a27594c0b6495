import type { RetryOptions } from "@pilab/retry";
import type { Database } from "@pilab/schema";
import type { SupabaseClient } from "@supabase/supabase-js";
import type { inspectCapture } from "./pictures/index.ts";
import type { Session } from "./session.ts";
import type { ErrorContext } from "./supabase-error.ts";
import type { AuthHeaders, ObjectApi } from "./transport/object-api.ts";
import type { RestApi } from "./transport/rest-api.ts";
import type { ServerClock } from "./transport/server-clock.ts";
import type { Transport } from "./transport/transport.ts";
import type { TusApi } from "./transport/tus.ts";
import type { KeyedLock } from "./uploads/keyed-lock.ts";
import type { ResumeStore } from "./uploads/resume-store.ts";

/** `full`: a hash must prove the server's bytes. `size`: its word for the size is enough. */
export type VerifyLevel = "full" | "size";

/** The little of a pino logger that the SDK writes to. */
export interface CoreLogger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** The settings that verbs read. */
export interface CoreSettings {
  readonly maxFileSizeBytes: number;
  readonly verify: VerifyLevel;
  readonly inspect: typeof inspectCapture;
  readonly resumeStore: ResumeStore;
  /** CHUNK_SIZE and its kin: defaults of `uploadMany`. */
  readonly chunks: {
    readonly chunkSize?: number | undefined;
    readonly maxChunks?: number | undefined;
    readonly chunkDelayMs?: number | undefined;
    readonly failFastThreshold?: number | undefined;
  };
}

/** Runs one request or a few that belong together, again where that helps, and maps what is thrown in the end. */
export type Call = <T>(
  context: ErrorContext,
  work: (attempt: { number: number; signal: AbortSignal }) => Promise<T>,
  options?: Pick<RetryOptions, "signal" | "budgetMs" | "maxAttempts">,
) => Promise<T>;

/** What every verb of the client is given. */
export interface PilabContext {
  readonly bucket: string;
  readonly settings: CoreSettings;
  readonly logger: CoreLogger | undefined;
  /** Functions, rows, lists and signing, under the session's token. */
  readonly supabase: SupabaseClient<Database>;
  /** Accounts, with the service key. */
  readonly admin: SupabaseClient["auth"]["admin"];
  readonly session: Session;
  readonly authHeaders: AuthHeaders;
  readonly transport: Transport;
  readonly rest: RestApi;
  readonly objects: ObjectApi;
  readonly tus: TusApi;
  readonly clock: ServerClock;
  /** Content and paths that this client has in flight. */
  readonly locks: KeyedLock;
  readonly call: Call;
}
