import { correlationId } from "@pilab/logging";
import type { Database } from "@pilab/schema";
import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import { Agent, fetch as undiciFetch } from "undici";
import type { Session } from "./session.ts";
import type { ServerClock } from "./transport/server-clock.ts";

/** What {@link createSupabaseClients} needs. */
export interface SupabaseClientsOptions {
  readonly url: string;
  readonly key: string;
  readonly idleTimeoutMs: number;
  readonly clock: ServerClock;
  readonly session: Session;
  readonly headers: Record<string, string>;
}

/** supabase-js, where it serves us: rows, functions, lists and signing; and accounts. */
export interface SupabaseClients {
  readonly rest: SupabaseClient<Database>;
  readonly admin: SupabaseClient["auth"]["admin"];
  close(): Promise<void>;
}

/** Makes both clients over connections of their own, with our session and no retries or timers of theirs. */
export function createSupabaseClients(options: SupabaseClientsOptions): SupabaseClients {
  const { url, key, idleTimeoutMs, clock, session, headers } = options;
  const agent = new Agent({ headersTimeout: idleTimeoutMs, bodyTimeout: idleTimeoutMs });
  const traced = tracedFetch(agent, clock);
  const rest = createClient<Database>(url, key, {
    // Asked by the constructor, on behalf of Realtime: that is no reason to sign in. Requests get theirs below.
    accessToken: async () => session.current(),
    // What is worth another try, and when, is decided in one place: @pilab/retry.
    db: { retry: false },
    global: {
      headers,
      fetch: async (input, init = {}) => {
        const signed = new Headers(init.headers);
        signed.set("authorization", `Bearer ${await session.token(init.signal ?? undefined)}`);
        return await traced(input, { ...init, headers: signed });
      },
    },
  });
  const { admin } = createClient(url, key, {
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
    global: { headers, fetch: traced },
  }).auth;
  return { rest, admin, close: () => agent.destroy() };
}

/** supabase-js keeps an error's message alone, and of fetch's that is "fetch failed", whatever happened. */
function unwrapped(error: Error): never {
  throw error.message === "fetch failed" && error.cause instanceof Error ? error.cause : error;
}

/** The fetch of supabase-js: timeouts of ours, the correlation id, and the server's clock from each answer. */
function tracedFetch(dispatcher: Agent, clock: ServerClock): typeof globalThis.fetch {
  const traced: typeof undiciFetch = async (input, init = {}) => {
    const id = correlationId();
    const headers = new Headers(init.headers as unknown as Headers);
    if (id !== undefined) headers.set("x-correlation-id", id);
    const sentAtMs = Date.now();
    const response = await undiciFetch(input, { ...init, headers: [...headers], dispatcher }).catch(
      unwrapped,
    );
    clock.observe(response.headers.get("date") ?? undefined, sentAtMs, Date.now());
    return response;
  };
  // undici's own fetch and Node's, which is a copy of it, differ in their types alone.
  return traced as unknown as typeof globalThis.fetch;
}
