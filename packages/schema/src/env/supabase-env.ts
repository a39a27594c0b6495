import { z } from "zod";

// Keys are kept apart: the service key passes every row-level security, so it must never be where a publishable one belongs.
const publishable = z
  .string({ error: "the project's anon or publishable key" })
  .refine((key) => roleOfKey(key) !== "service_role", {
    error: "the anon or publishable key; this is a service key, which must stay secret",
  });
const service = z
  .string({ error: "the project's service_role or secret key" })
  .refine((key) => roleOfKey(key) !== "anon", {
    error: "the service_role or secret key; this is an anon or publishable key",
  });
const url = z
  .string()
  .default("http://127.0.0.1:54321")
  .refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol), {
    error: "a URL such as https://abc.supabase.co",
  })
  .transform((text) => text.replace(/\/+$/, ""));

interface RawSupabase {
  SUPABASE_URL: string;
  SUPABASE_ANON_KEY?: string | undefined;
  SUPABASE_SERVICE_ROLE_KEY?: string | undefined;
}

const named = <T extends RawSupabase>(raw: T) => ({
  url: raw.SUPABASE_URL,
  anonKey: raw.SUPABASE_ANON_KEY as T["SUPABASE_ANON_KEY"],
  serviceKey: raw.SUPABASE_SERVICE_ROLE_KEY as T["SUPABASE_SERVICE_ROLE_KEY"],
});

/**
 * SUPABASE_URL (http://127.0.0.1:54321), SUPABASE_ANON_KEY or SUPABASE_PUBLISHABLE_KEY, SUPABASE_SERVICE_ROLE_KEY or
 * SUPABASE_SECRET_KEY, both keys optional → `{ url, anonKey, serviceKey }`.
 */
export const supabaseEnv = z
  .object({
    SUPABASE_URL: url,
    SUPABASE_ANON_KEY: publishable.optional(),
    SUPABASE_SERVICE_ROLE_KEY: service.optional(),
  })
  .transform(named);

/** As {@link supabaseEnv}, for programs that sign in: the anon key is needed, the service key not even read. */
export const supabaseClientEnv = z
  .object({ SUPABASE_URL: url, SUPABASE_ANON_KEY: publishable })
  .transform(({ SUPABASE_URL, SUPABASE_ANON_KEY }) => ({ url: SUPABASE_URL, anonKey: SUPABASE_ANON_KEY }));

/** As {@link supabaseEnv}, for the retention worker and admin commands: the service key is needed. */
export const supabaseServiceEnv = z
  .object({
    SUPABASE_URL: url,
    SUPABASE_ANON_KEY: publishable.optional(),
    SUPABASE_SERVICE_ROLE_KEY: service,
  })
  .transform(named);

/** What a key says of itself; undefined for a token of someone's own make. */
function roleOfKey(key: string): string | undefined {
  if (key.startsWith("sb_secret_")) return "service_role";
  if (key.startsWith("sb_publishable_")) return "anon";
  const [, payload] = key.split(".");
  if (payload === undefined) return undefined;
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, "base64url").toString());
    return (claims as { role?: string } | null)?.role;
  } catch {
    return undefined; // not a JWT: the server will judge it
  }
}
