import "server-only";
import { ERRORS, isPilabError } from "@pilab/schema";
import { z } from "zod";
import { logger } from "../logger.ts";

/** A file that could not be begun, as an answer that says why; what is no error of ours is in the log alone. */
export function refused(error: unknown, what: string): Response {
  if (error instanceof z.ZodError) return new Response(z.prettifyError(error), { status: 400 });
  if (!isPilabError(error)) {
    logger().error({ err: error }, `${what} failed`);
    return new Response("Internal server error", { status: 500 });
  }
  const { message, hint, code } = error;
  return new Response(hint === undefined ? message : `${message}\n${hint}`, {
    status: ERRORS[code].httpStatus,
  });
}
