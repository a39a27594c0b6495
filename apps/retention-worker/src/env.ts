import {
  chunkEnv,
  type Environment,
  logEnv,
  parseEnvironment,
  retryEnv,
  storageEnv,
  supabaseServiceEnv,
} from "@pilab/schema";
import { z } from "zod";

/** The environment as the operating system gives it. */
export type EnvironmentSource = Readonly<Record<string, string | undefined>>;

const workerEnv = {
  supabase: supabaseServiceEnv,
  storage: storageEnv,
  retry: retryEnv,
  chunks: chunkEnv,
  log: logEnv,
  heartbeatUrl: z
    .object({
      HEARTBEAT_URL: z.url({ protocol: /^https?$/, error: "a URL such as https://hc-ping.com/…" }).optional(),
    })
    .transform((raw) => raw.HEARTBEAT_URL),
  auditHeadFile: z
    .object({ AUDIT_HEAD_FILE: z.string().optional() })
    .transform((raw) => raw.AUDIT_HEAD_FILE || undefined),
};

/** The worker's settings. */
export type WorkerEnvironment = Environment<typeof workerEnv>;

/** Reads the settings; throws `invalid_environment`, naming every variable that is wrong. */
export function readEnvironment(source: EnvironmentSource): WorkerEnvironment {
  return parseEnvironment(workerEnv, source);
}
