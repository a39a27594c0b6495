import "server-only";
import { correlationId, withCorrelation } from "@pilab/logging";
import { type ErrorCode, isPilabError, PilabError } from "@pilab/schema";
import { initTRPC, TRPCError } from "@trpc/server";
import { z } from "zod";
import { mayAct, type Role } from "../lib/role.ts";
import { asUser } from "./clients.ts";
import { logger } from "./logger.ts";
import { timings } from "./metrics/timings.ts";
import { current } from "./session/current.ts";

/** What each call starts from: who asks. */
export async function createContext() {
  return { current: await current() };
}

/** What the browser learns of an error, besides tRPC's code. */
export interface ErrorFacts {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly correlationId: string | undefined;
}

const t = initTRPC.context<typeof createContext>().create({
  errorFormatter({ shape, error }) {
    const { cause } = error;
    const facts: ErrorFacts = {
      code: isPilabError(cause) ? cause.code : error.code === "BAD_REQUEST" ? "invalid_input" : "internal",
      hint: isPilabError(cause) ? cause.hint : undefined,
      correlationId: correlationOf.get(error) ?? undefined,
    };
    return { ...shape, data: { code: shape.data.code, httpStatus: shape.data.httpStatus, pilab: facts } };
  },
  sse: { ping: { enabled: true, intervalMs: 15_000 }, client: { reconnectAfterInactivityMs: 40_000 } },
});

const correlationOf = new WeakMap<object, string>();

const TRPC_CODES: Partial<Record<ErrorCode, TRPCError["code"]>> = {
  invalid_input: "BAD_REQUEST",
  not_signed_in: "UNAUTHORIZED",
  forbidden: "FORBIDDEN",
  not_found: "NOT_FOUND",
  bucket_missing: "NOT_FOUND",
  already_exists: "CONFLICT",
  conflict: "CONFLICT",
  too_large: "PAYLOAD_TOO_LARGE",
  rate_limited: "TOO_MANY_REQUESTS",
  network: "BAD_GATEWAY",
  server_error: "BAD_GATEWAY",
  timeout: "GATEWAY_TIMEOUT",
  server_busy: "SERVICE_UNAVAILABLE",
  aborted: "CLIENT_CLOSED_REQUEST",
};

const AWAY_HINT =
  "The page goes on by itself when it is back. If it stays so, /api/health says what is away, and the dashboard's log why.";

/** The one place where an error becomes an answer: ours keep their words, any other goes to the log alone. */
const answerErrors = t.middleware(async ({ next, path, type }) =>
  withCorrelation(undefined, async () => {
    const startedAt = performance.now();
    const result = await next();
    // A stream's length says nothing of how fast it is.
    if (type !== "subscription") {
      const outcome = result.ok
        ? "ok"
        : isPilabError(result.error.cause)
          ? result.error.cause.code
          : result.error.code;
      timings().observe(path, outcome, (performance.now() - startedAt) / 1000);
    }
    if (result.ok) return result;
    const { cause } = result.error;
    const id = correlationId();
    let told = result.error;
    if (isPilabError(cause) && (cause.code === "network" || cause.code === "timeout")) {
      // How it failed, and at which address, is for who runs the dashboard.
      logger().warn({ err: cause, path }, "Supabase does not answer");
      told = new TRPCError({
        code: TRPC_CODES[cause.code] ?? "BAD_GATEWAY",
        message: "Supabase does not answer.",
        cause: new PilabError(cause.code, "Supabase does not answer.", { cause, hint: AWAY_HINT }),
      });
    } else if (isPilabError(cause)) {
      told = new TRPCError({
        code: TRPC_CODES[cause.code] ?? "INTERNAL_SERVER_ERROR",
        message: cause.message,
        cause,
      });
    } else if (cause instanceof z.ZodError) {
      told = new TRPCError({ code: "BAD_REQUEST", message: z.prettifyError(cause), cause });
    } else if (told.code === "INTERNAL_SERVER_ERROR") {
      logger().error({ err: cause ?? told, path }, "a call failed");
      told = new TRPCError({ code: "INTERNAL_SERVER_ERROR", message: "Internal server error", cause });
    }
    if (id !== undefined) correlationOf.set(told, id);
    return { ...result, error: told };
  }),
);

/**
 * Calls for the signed-in with at least this role. `ctx.pilab` is a client under their own rights, for the length of the call;
 * a stream takes one of its own by `borrowClient`.
 */
function procedureFor(needed: Role) {
  return t.procedure.use(answerErrors).use(async ({ ctx, next }) => {
    if (!ctx.current)
      throw new PilabError("not_signed_in", "You are not signed in, or your session has ended");
    const { session, identity } = ctx.current;
    if (!mayAct(identity.role, needed)) {
      throw new PilabError(
        "forbidden",
        `This needs the role ${needed}; yours is ${identity.role ?? "none"}`,
        {
          hint: "An admin can change roles on the page People.",
        },
      );
    }
    return await asUser(session.accessToken, (pilab) =>
      next({ ctx: { pilab, identity, accessToken: session.accessToken, session } }),
    );
  });
}

export const router = t.router;
/** Reads; every role. */
export const viewerProcedure = procedureFor("viewer");
/** Changes to captures and alerts; operators and admins. */
export const operatorProcedure = procedureFor("operator");
/** Settings, people, devices; admins. */
export const adminProcedure = procedureFor("admin");
