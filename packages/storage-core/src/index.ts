export { createPilabClient, type PilabClient } from "./client.ts";
export type { ClientOptions } from "./create-context.ts";
