export { ADMIN_EMAIL } from "./admin-account.ts";
export type { Engine, Tx } from "./engine.ts";
export { openPglite, openPostgres } from "./engine.ts";
export {
  type LocalSupabase,
  type LocalSupabaseOptions,
  type ServerLogger,
  startLocalSupabase,
} from "./server.ts";
