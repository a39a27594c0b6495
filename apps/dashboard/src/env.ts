import "server-only";
import { dashboardEnv, logEnv, parseEnvironment, storageEnv, supabaseClientEnv } from "@pilab/schema";

const schema = { supabase: supabaseClientEnv, storage: storageEnv, log: logEnv, dashboard: dashboardEnv };

const read = () => parseEnvironment(schema, process.env);

let parsed: ReturnType<typeof read> | undefined;

/**
 * The environment, read once: when the server starts, not when it is built. The service key is not in it: `server/service.ts`
 * alone reads that.
 *
 * @throws PilabError that names every wrong variable
 */
export function env(): ReturnType<typeof read> {
  parsed ??= read();
  return parsed;
}
