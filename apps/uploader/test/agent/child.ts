import { createLogger } from "@pilab/logging";
import { ERRORS, isPilabError } from "@pilab/schema";
import { runRun } from "../../src/commands/run.ts";
import { readEnvironment } from "../../src/env.ts";

// `pilab-uploader run` with the times of a test: every path is the real one, an hour is a second.

const { flags, times } = JSON.parse(process.argv[2] as string);
const environment = readEnvironment(process.env);
const logger = createLogger({ app: "uploader", ...environment.log });
const stop = new AbortController();
process.on("SIGTERM", () => stop.abort());
const root = process.env.TEST_ROOT ?? "/";
const context = { environment, source: process.env, logger, signal: stop.signal, times, root };
try {
  process.exitCode = await runRun(flags, context);
} catch (error) {
  logger.fatal({ err: error }, "ended");
  process.exitCode = isPilabError(error) ? ERRORS[error.code].exitCode : 1;
}
