import { logEnv, parseEnvironment, storageEnv } from "@pilab/schema";
import { z } from "zod";
import { defaultDataDir } from "./data-dir.ts";

const localEnv = z
  .object({
    PILAB_DATA_DIR: z.string().optional(),
    XDG_DATA_HOME: z.string().optional(),
    PILAB_DATABASE_URL: z
      .string()
      .regex(/^postgres(ql)?:\/\//, { error: "a URL that starts with postgres://" })
      .optional(),
    PILAB_JWT_SECRET: z.string().min(32, { error: "at least 32 characters" }).optional(),
  })
  .transform((raw) => ({
    dataDir: defaultDataDir(raw),
    database: raw.PILAB_DATABASE_URL,
    jwtSecret: raw.PILAB_JWT_SECRET,
  }));

/**
 * Reads the environment of `pilab-local`: PILAB_DATA_DIR, PILAB_DATABASE_URL and PILAB_JWT_SECRET (for `--database` and
 * `--jwt-secret`, which everyone on the machine can read in the list of processes), STORAGE_BUCKET, LOG_* (here LOG_LEVEL
 * is warn by default, and LOG_FORMAT pretty on a terminal).
 *
 * @throws PilabError `invalid_environment`
 */
export function readEnvironment(
  source: Readonly<Record<string, string | undefined>>,
  { isTerminal = false } = {},
) {
  const { local, storage, log } = parseEnvironment(
    { local: localEnv, storage: storageEnv, log: logEnv },
    source,
  );
  // The log stands beside text for people: what went well says nothing, unless it is asked to.
  const level = source.LOG_LEVEL ? log.level : "warn";
  const format = source.LOG_FORMAT || !isTerminal ? log.format : "pretty";
  return { local, bucket: storage.bucket, log: { ...log, level, format } };
}
