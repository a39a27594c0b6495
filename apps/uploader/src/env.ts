import {
  chunkEnv,
  type Environment,
  logEnv,
  parseEnvironment,
  retryEnv,
  storageEnv,
  supabaseClientEnv,
  supabaseServiceEnv,
} from "@pilab/schema";
import { z } from "zod";

/** The environment as the operating system gives it. */
export type EnvironmentSource = Readonly<Record<string, string | undefined>>;

const uploaderEnv = {
  storage: storageEnv,
  retry: retryEnv,
  chunks: chunkEnv,
  log: logEnv,
  credentialsFile: z
    .object({ PILAB_CREDENTIALS_FILE: z.string().optional() })
    .transform((raw) => raw.PILAB_CREDENTIALS_FILE),
};

const deviceEnv = {
  supabase: supabaseClientEnv,
  account: z
    .object({
      PILAB_EMAIL: z.string({
        error: "the e-mail of this device's account; or name its file instead: --credentials",
      }),
      PILAB_PASSWORD: z.string({
        error: "the password of this device's account; or name its file instead: --credentials",
      }),
    })
    .transform((raw) => ({ email: raw.PILAB_EMAIL, password: raw.PILAB_PASSWORD })),
};

/** The settings that hold whoever uploads. */
export type UploaderEnvironment = Environment<typeof uploaderEnv>;

/** Reads the settings; throws `invalid_environment`, naming every variable that is wrong. */
export function readEnvironment(source: EnvironmentSource): UploaderEnvironment {
  return parseEnvironment(uploaderEnv, source);
}

/** Reads server and device account, where no credentials file says them. */
export function readDeviceEnvironment(source: EnvironmentSource): Environment<typeof deviceEnv> {
  return parseEnvironment(deviceEnv, source);
}

/** Reads server and service key; asked for by name only, never a fallback. */
export function readServiceEnvironment(
  source: EnvironmentSource,
): Environment<{ supabase: typeof supabaseServiceEnv }> {
  return parseEnvironment({ supabase: supabaseServiceEnv }, source);
}
