import { type Classification, classify, type RetryOptions, retry } from "@pilab/retry";
import { isPilabError, PilabError } from "@pilab/schema";
import type { Call, CoreLogger, CoreSettings, PilabContext, VerifyLevel } from "./context.ts";
import { inspectCapture } from "./pictures/index.ts";
import { type Credentials, createSession, type SessionOptions } from "./session.ts";
import { createSignIn } from "./sign-in.ts";
import type { SupabaseClients, SupabaseClientsOptions } from "./supabase-clients.ts";
import { toPilabError } from "./supabase-error.ts";
import { createObjectApi } from "./transport/object-api.ts";
import { createRestApi } from "./transport/rest-api.ts";
import { createServerClock } from "./transport/server-clock.ts";
import { createTransport, type TransportOptions } from "./transport/transport.ts";
import { createTusApi } from "./transport/tus.ts";
import { createKeyedLock } from "./uploads/keyed-lock.ts";
import { createMemoryResumeStore, type ResumeStore } from "./uploads/resume-store.ts";

/** Settings of {@link createContext}, besides the {@link Credentials}. */
export interface ClientOptions {
  /** The project's URL. */
  readonly url: string;
  /** The anon or publishable key. With the service key it may be left out. */
  readonly key?: string | undefined;
  /** Default `pilab-dev`. */
  readonly bucket?: string | undefined;
  /** MAX_FILE_SIZE. Default 26214400. */
  readonly maxFileSizeBytes?: number | undefined;
  /** Default `full`. */
  readonly verify?: VerifyLevel | undefined;
  /** RETRY_*: see `@pilab/retry`. */
  readonly retry?: Pick<
    RetryOptions,
    "maxAttempts" | "baseDelayMs" | "maxDelayMs" | "jitter" | "budgetMs" | "sleep"
  >;
  /** CHUNK_SIZE, MAX_CHUNKS, CHUNK_DELAY, FAIL_FAST_THRESHOLD as defaults of `uploadMany`. */
  readonly chunks?: CoreSettings["chunks"];
  /** Gives up on a connection on which nothing moved for so long. Default 60000. */
  readonly idleTimeoutMs?: number | undefined;
  /** With the service key: on whose behalf, for the audit log, where it stands as claimed. */
  readonly actor?: string | undefined;
  readonly logger?: CoreLogger | undefined;
  /** Keeps the URLs of interrupted uploads. Default: forgets them with the process. */
  readonly resumeStore?: ResumeStore | undefined;
  /** Keeps an account's session over restarts, and spreads its renewals. Default: signs in by password each time. */
  readonly session?: Pick<SessionOptions, "store" | "random"> | undefined;
  /** Awaited before each piece of a request's body is sent, with its size: a limit of bandwidth. */
  readonly throttle?: TransportOptions["throttle"];
  /** Replaces the inspection of pictures. */
  readonly inspect?: typeof inspectCapture | undefined;
}

/** Everything that verbs work with, and how to let it go. */
export function createContext(
  options: ClientOptions & Credentials,
  connectSupabase: (options: SupabaseClientsOptions) => SupabaseClients,
): PilabContext & { close(): Promise<void> } {
  const key = "serviceKey" in options ? options.serviceKey : options.key;
  const url = checkUrl(options.url);
  if (!key) {
    throw new PilabError(
      "invalid_input",
      "createPilabClient: key is missing, it must be the anon or publishable key",
    );
  }
  const idleTimeoutMs = options.idleTimeoutMs ?? 60_000;
  const clock = createServerClock();
  const transport = createTransport({ url, idleTimeoutMs, clock, throttle: options.throttle });

  const retried = createCall(options.retry ?? {}, (signal) => session.renew(signal));
  // Here, because supabase-js would keep nothing but the message of a sign-in that fails within its fetch.
  const call: Call = (context, work, more) =>
    retried(
      context,
      async (attempt) => {
        await session.token(attempt.signal);
        return await work(attempt);
      },
      more,
    );
  // A sign-in is nobody's own: it would be tried again after the client has gone.
  const closing = new AbortController();
  const callUntilClosed: Call = (context, work, more) =>
    createCall(options.retry ?? {})(context, work, { ...more, signal: closing.signal });
  const session = createSession({
    credentials: options,
    ...createSignIn(transport, key, callUntilClosed),
    ...options.session,
    url,
  });
  const actor: Record<string, string> = options.actor === undefined ? {} : { "x-pilab-actor": options.actor };
  const authHeaders = async (signal: AbortSignal | undefined) => ({
    apikey: key,
    authorization: `Bearer ${await session.token(signal)}`,
    ...actor,
  });

  const supabase = connectSupabase({ url, key, idleTimeoutMs, clock, session, headers: actor });

  return {
    bucket: options.bucket ?? "pilab-dev",
    settings: {
      maxFileSizeBytes: options.maxFileSizeBytes ?? 26_214_400,
      verify: options.verify ?? "full",
      inspect: options.inspect ?? inspectCapture,
      resumeStore: options.resumeStore ?? createMemoryResumeStore(),
      chunks: options.chunks ?? {},
    },
    logger: options.logger,
    get supabase() {
      return supabase.rest;
    },
    get admin() {
      return supabase.admin;
    },
    session,
    authHeaders,
    transport,
    rest: createRestApi(transport, authHeaders),
    objects: createObjectApi(transport, authHeaders),
    tus: createTusApi(transport, authHeaders),
    clock,
    locks: createKeyedLock(),
    call,
    close: async () => {
      closing.abort(new PilabError("aborted", "The client was closed"));
      await Promise.all([transport.close(), supabase.close()]);
    },
  };
}

/** The project's URL without a slash at its end; throws for what is none. */
export function checkUrl(url: string): string {
  if (URL.canParse(url) && /^https?:/.test(url)) return url.replace(/\/+$/, "");
  throw new PilabError(
    "invalid_input",
    `createPilabClient: url is "${url}", it must be like https://abc.supabase.co`,
  );
}

/** Binds {@link Call} to how often to try. */
export function createCall(settings: RetryOptions, renewSession?: RetryOptions["renewSession"]): Call {
  return async (context, work, options = {}) => {
    try {
      return await retry(work, { ...settings, ...withoutUndefined(options), renewSession, classify: judge });
    } catch (error) {
      const failure = toPilabError(error, context);
      givenUp.add(failure);
      throw failure;
    }
  };
}

// A sign-in is a call inside the call that needs it: the attempts of both must not multiply.
const givenUp = new WeakSet<PilabError>();

function judge(error: unknown): Classification {
  const classification = classify(error);
  if (classification.kind === "aborted" || !isPilabError(error) || !givenUp.has(error)) return classification;
  return { kind: "permanent", code: error.code };
}

function withoutUndefined<T extends object>(options: T): Partial<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<T>;
}
