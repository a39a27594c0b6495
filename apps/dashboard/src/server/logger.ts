import "server-only";
import { createLogger } from "@pilab/logging";
import { env } from "../env.ts";
import { once } from "./once.ts";

/** The server's log. */
export function logger() {
  return once("logger", () => createLogger({ app: "dashboard", ...env().log }));
}
