import "server-only";
import { ERRORS, isPilabError } from "@pilab/schema";
import { env } from "../../env.ts";
import { logger } from "../logger.ts";
import { mayScrape } from "./may-scrape.ts";

/** Whether this request comes from a program that may read metrics and usage. */
export function isScraper(request: Request): boolean {
  const { host, metricsToken } = env().dashboard;
  // What the server really listens on, where it was not started by our own script.
  return mayScrape({ headers: request.headers, token: metricsToken, host: process.env.HOSTNAME ?? host });
}

/** What anybody else is told. */
export function notForYou(): Response {
  return Response.json(
    {
      error: "not_signed_in",
      message:
        "This needs METRICS_TOKEN as a bearer token. Without one being set, only this machine itself is answered.",
    },
    { status: 401, headers: { "www-authenticate": "Bearer" } },
  );
}

/** An error as an answer: ours with their words, any other in the log alone. */
export function failed(error: unknown): Response {
  if (!isPilabError(error)) logger().error({ err: error }, "a route failed");
  const { code, message, hint } = isPilabError(error)
    ? error
    : { code: "internal" as const, message: "Internal server error", hint: undefined };
  return Response.json({ error: code, message, hint }, { status: ERRORS[code].httpStatus });
}
