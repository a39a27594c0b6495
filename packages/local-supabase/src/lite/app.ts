import { App, InMemoryEmailDriver } from "@supabase/lite";
import type { LiteConnection } from "./connection.ts";

// PostgREST's db-max-rows as hosted Supabase has it.
const ROWS_MAX = 1000;

/** lite, reduced to what serves us: REST and Auth. Storage, Studio and `/_system` (which asks for no key) stay shut. */
export function createLiteApp(connection: LiteConnection, jwtSecret: string): App {
  return new App({
    connection,
    api: { enabled: true, schemas: ["public"], max_rows: ROWS_MAX },
    auth: { enabled: true, jwt_secret: jwtSecret },
    storage: { enabled: false },
    studio: { enabled: false },
    options: {
      server: { disableStudio: true, disableFallback: true, apiKeys: false },
      // Its default prints one-time codes to the console.
      drivers: { email: new InMemoryEmailDriver({ maxKeepCount: 0 }) },
    },
  });
}
