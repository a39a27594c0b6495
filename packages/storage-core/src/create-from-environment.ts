import {
  chunkEnv,
  PilabError,
  parseEnvironment,
  retryEnv,
  storageEnv,
  supabaseClientEnv,
  supabaseServiceEnv,
} from "@pilab/schema";
import { z } from "zod";
import { createPilabClient, type PilabClient } from "./client.ts";
import type { ClientOptions } from "./create-context.ts";
import type { Credentials } from "./session.ts";

/** PILAB_EMAIL and PILAB_PASSWORD, or PILAB_ACCESS_TOKEN: an account's own credentials. */
export const accountEnv = z
  .object({
    PILAB_EMAIL: z.string().optional(),
    PILAB_PASSWORD: z.string().optional(),
    PILAB_ACCESS_TOKEN: z.string().optional(),
  })
  .transform((raw, issues): Credentials => {
    const { PILAB_EMAIL: email, PILAB_PASSWORD: password, PILAB_ACCESS_TOKEN: accessToken } = raw;
    if (email !== undefined && password !== undefined) return { email, password };
    if (accessToken !== undefined) return { accessToken };
    const missing = email === undefined ? "PILAB_EMAIL" : "PILAB_PASSWORD";
    issues.addIssue({
      code: "custom",
      path: [missing],
      message: "a person's, or a device's from devices.create() (or PILAB_ACCESS_TOKEN)",
    });
    return z.NEVER;
  });

/** Settings of {@link createPilabClientFromEnvironment}. */
export interface FromEnvironmentOptions
  extends Omit<ClientOptions, "url" | "key" | "bucket" | "maxFileSizeBytes" | "retry" | "chunks"> {
  /**
   * Whose rights: the account of PILAB_EMAIL, or the service key, which is used when it is asked for here and never
   * because something else is missing. Default `account`.
   */
  readonly as?: "account" | "service" | undefined;
}

/**
 * Makes a client from SUPABASE_URL, SUPABASE_ANON_KEY or SUPABASE_PUBLISHABLE_KEY, PILAB_EMAIL, PILAB_PASSWORD,
 * STORAGE_BUCKET, MAX_FILE_SIZE, RETRY_* and CHUNK_*. Throws `invalid_environment`, which names every wrong variable.
 */
export function createPilabClientFromEnvironment(
  source: Readonly<Record<string, string | undefined>> = process.env,
  { as = "account", ...options }: FromEnvironmentOptions = {},
): PilabClient {
  const common = { storage: storageEnv, retry: retryEnv, chunks: chunkEnv };
  if (as === "service") {
    const env = parseEnvironment({ supabase: supabaseServiceEnv, ...common }, source);
    const { url, serviceKey } = env.supabase;
    return createPilabClient({
      ...options,
      ...env.storage,
      retry: env.retry,
      chunks: env.chunks,
      url,
      serviceKey,
    });
  }
  if (as !== "account") {
    throw new PilabError(
      "invalid_input",
      `createPilabClientFromEnvironment: as is "${String(as)}", it must be account or service`,
    );
  }
  const env = parseEnvironment({ supabase: supabaseClientEnv, account: accountEnv, ...common }, source);
  const { url, anonKey } = env.supabase;
  return createPilabClient({
    ...options,
    ...env.storage,
    retry: env.retry,
    chunks: env.chunks,
    url,
    key: anonKey,
    ...env.account,
  });
}
