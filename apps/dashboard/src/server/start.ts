import { isPilabError } from "@pilab/schema";
import { env } from "../env.ts";
import { shutdown } from "./shutdown.ts";

const EXIT_WITHIN_MS = 1000;

/** Checks the environment, so that a wrong one stops the server at its start, and makes signals end open streams. */
export async function start(): Promise<void> {
  try {
    env();
  } catch (error) {
    process.stderr.write(`dashboard: ${isPilabError(error) ? error.message : String(error)}\n`);
    process.exit(2);
  }
  for (const name of ["SIGTERM", "SIGINT"] as const) {
    process.once(name, () => {
      shutdown().abort();
      // Next.js waits for connections, and a live page keeps one open for as long as it is looked at.
      setTimeout(() => process.exit(0), EXIT_WITHIN_MS).unref();
    });
  }
}
