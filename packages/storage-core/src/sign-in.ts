import { z } from "zod";
import type { Call } from "./context.ts";
import type { SessionOptions, SignedIn } from "./session.ts";
import { answerError, parsed } from "./supabase-error.ts";
import type { Transport } from "./transport/transport.ts";

const signedIn = z.object({
  access_token: z.string(),
  expires_in: z.number().positive(),
  refresh_token: z.string(),
});

/**
 * The password grant and the refresh grant, by our own transport: supabase-js keeps sessions and timers, and judges a
 * token's age by the time of day, which a Pi does not know until its clock is set.
 */
export function createSignIn(
  transport: Transport,
  key: string,
  call: Call,
): Pick<SessionOptions, "signIn" | "refresh"> {
  async function grant(kind: string, body: object, what: string): Promise<SignedIn> {
    return await call({ what }, async ({ signal }) => {
      const answer = await transport.send({
        method: "POST",
        path: `/auth/v1/token?grant_type=${kind}`,
        headers: { apikey: key, "content-type": "application/json" },
        body: Buffer.from(JSON.stringify(body)),
        signal,
      });
      if (answer.status >= 400) throw answerError(answer);
      const fields = parsed(signedIn, parseJson(answer.body), what);
      return {
        accessToken: fields.access_token,
        expiresInS: fields.expires_in,
        refreshToken: fields.refresh_token,
      };
    });
  }
  return {
    signIn: (email, password) => grant("password", { email, password }, `sign-in as ${email}`),
    refresh: (refreshToken) =>
      grant("refresh_token", { refresh_token: refreshToken }, "renewing the session"),
  };
}

/** The JSON of an answer; undefined when it is none, which the check of its shape then says. */
export function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
}
