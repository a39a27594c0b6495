import { z } from "zod";
import type { Call } from "./context.ts";
import type { SessionOptions } from "./session.ts";
import { answerError, parsed } from "./supabase-error.ts";
import type { Transport } from "./transport/transport.ts";

const signedIn = z.object({ access_token: z.string(), expires_in: z.number().positive() });

/**
 * The password grant, by our own transport: supabase-js keeps sessions, timers and refresh tokens, and judges a
 * token's age by the time of day, which a Pi does not know until its clock is set.
 */
export function createSignIn(transport: Transport, key: string, call: Call): SessionOptions["signIn"] {
  return async (email, password) => {
    const what = `sign-in as ${email}`;
    return await call({ what }, async ({ signal }) => {
      const answer = await transport.send({
        method: "POST",
        path: "/auth/v1/token?grant_type=password",
        headers: { apikey: key, "content-type": "application/json" },
        body: Buffer.from(JSON.stringify({ email, password })),
        signal,
      });
      if (answer.status >= 400) throw answerError(answer);
      const { access_token, expires_in } = parsed(signedIn, parseJson(answer.body), what);
      return { accessToken: access_token, expiresInS: expires_in };
    });
  };
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return undefined; // no answer of the right shape, which the caller says
  }
}
