import { correlationId } from "@pilab/logging";
import { type RetryOptions, retry } from "@pilab/retry";
import { type Database, PilabError } from "@pilab/schema";
import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import { Agent, fetch as undiciFetch } from "undici";
import type { Call, CoreLogger, CoreSettings, PilabContext, VerifyLevel } from "./context.ts";
import { inspectCapture } from "./pictures/index.ts";
import { type Credentials, createSession, type Session } from "./session.ts";
import { createSignIn } from "./sign-in.ts";
import { toPilabError } from "./supabase-error.ts";
import { createObjectApi } from "./transport/object-api.ts";
import { createServerClock, type ServerClock } from "./transport/server-clock.ts";
import { createTransport } from "./transport/transport.ts";
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
  /** Replaces the inspection of pictures. */
  readonly inspect?: typeof inspectCapture | undefined;
}

/** Everything that verbs work with, and how to let it go. */
export function createContext(
  options: ClientOptions & Credentials,
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
  const transport = createTransport({ url, idleTimeoutMs, clock });
  const agent = new Agent({ headersTimeout: idleTimeoutMs, bodyTimeout: idleTimeoutMs });
  const fetch = tracedFetch(agent, clock);

  const call = createCall(options.retry ?? {}, () => session.renew());
  const session = createSession({
    credentials: options,
    signIn: createSignIn(transport, key, createCall(options.retry ?? {})),
  });
  const actor: Record<string, string> = options.actor === undefined ? {} : { "x-pilab-actor": options.actor };
  const authHeaders = async () => ({
    apikey: key,
    authorization: `Bearer ${await session.token()}`,
    ...actor,
  });

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
    supabase: createRestClient(url, key, { session, fetch, headers: actor }),
    admin: createClient(url, key, {
      auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
      global: { fetch },
    }).auth.admin,
    session,
    authHeaders,
    transport,
    objects: createObjectApi(transport, authHeaders),
    tus: createTusApi(transport, authHeaders),
    clock,
    locks: createKeyedLock(),
    call,
    close: async () => {
      await Promise.all([transport.close(), agent.destroy()]);
    },
  };
}

function createRestClient(
  url: string,
  key: string,
  { session, ...global }: { session: Session; fetch: typeof fetch; headers: Record<string, string> },
): SupabaseClient<Database> {
  // The constructor asks for a token for Realtime, long before anything is to be sent: no reason to sign in.
  let constructed = false;
  const client = createClient<Database>(url, key, {
    accessToken: async () => (constructed ? await session.token() : null),
    // What is worth another try, and when, is decided in one place: @pilab/retry.
    db: { retry: false },
    global,
  });
  constructed = true;
  return client;
}

function checkUrl(url: string): string {
  if (URL.canParse(url) && /^https?:/.test(url)) return url.replace(/\/+$/, "");
  throw new PilabError(
    "invalid_input",
    `createPilabClient: url is "${url}", it must be like https://abc.supabase.co`,
  );
}

function createCall(settings: RetryOptions, renewSession?: () => Promise<void>): Call {
  return async (context, work, options = {}) => {
    try {
      return await retry(work, { ...settings, ...withoutUndefined(options), renewSession });
    } catch (error) {
      throw toPilabError(error, context);
    }
  };
}

function withoutUndefined<T extends object>(options: T): Partial<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<T>;
}

/** The fetch of supabase-js: timeouts of ours, the correlation id, and the server's clock from each answer. */
function tracedFetch(dispatcher: Agent, clock: ServerClock): typeof fetch {
  const traced: typeof undiciFetch = async (input, init = {}) => {
    const id = correlationId();
    const headers = new Headers(init.headers as Headers);
    if (id !== undefined) headers.set("x-correlation-id", id);
    const sentAtMs = Date.now();
    const response = await undiciFetch(input, { ...init, headers: [...headers], dispatcher });
    clock.observe(response.headers.get("date") ?? undefined, sentAtMs, Date.now());
    return response;
  };
  // undici's own fetch and Node's, which is a copy of it, differ in their types alone.
  return traced as unknown as typeof fetch;
}
