import { z } from "zod";
import { oneOf } from "./fields.ts";

// Python's names of the levels, as in the original's .env files.
const PYTHON_LEVELS: Readonly<Record<string, string>> = { warning: "warn", critical: "fatal" };
const LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;

/** LOG_LEVEL (info; any case, also WARNING and CRITICAL), LOG_FORMAT (json), LOG_DIR → `{ level, format, logDir }`. */
export const logEnv = z
  .object({
    LOG_LEVEL: z
      .string()
      .default("info")
      .transform((text) => PYTHON_LEVELS[text.toLowerCase()] ?? text.toLowerCase())
      .pipe(z.enum(LEVELS, { error: `one of ${LEVELS.join(", ")}` })),
    LOG_FORMAT: oneOf(["json", "pretty"], "json"),
    LOG_DIR: z.string().optional(),
  })
  .transform((raw) => ({ level: raw.LOG_LEVEL, format: raw.LOG_FORMAT, logDir: raw.LOG_DIR }));
