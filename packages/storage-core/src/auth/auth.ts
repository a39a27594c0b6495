import type { RetryOptions } from "@pilab/retry";
import { PilabError } from "@pilab/schema";
import { z } from "zod";
import { checkUrl, createCall } from "../create-context.ts";
import type { SignedIn } from "../session.ts";
import { createSignIn, parseJson } from "../sign-in.ts";
import { answerError, parsed } from "../supabase-error.ts";
import { createServerClock } from "../transport/server-clock.ts";
import { createTransport } from "../transport/transport.ts";

/** Settings of {@link createPilabAuth}. */
export interface AuthOptions {
  /** The project's URL. */
  readonly url: string;
  /** The anon or publishable key. */
  readonly key: string;
  /** Gives up on a connection on which nothing moved for so long. Default 15000: a person waits. */
  readonly idleTimeoutMs?: number | undefined;
  readonly retry?: Pick<RetryOptions, "maxAttempts" | "baseDelayMs" | "maxDelayMs">;
}

const account = z.object({
  id: z.string(),
  email: z.string().nullish(),
  app_metadata: z.record(z.string(), z.unknown()).default({}),
});
/** Whose token it is, as the server says it now. */
export type Account = z.infer<typeof account>;

/** Sessions of people, for a program that keeps them: a web server's cookies. */
export interface PilabAuth {
  signIn(email: string, password: string): Promise<SignedIn>;
  /** A refresh token works once: what it gives must be kept, and the same one not be used twice at a time. */
  refresh(refreshToken: string): Promise<SignedIn>;
  /** Asks the server whose token this is; throws `not_signed_in` for a bad, expired or revoked one. */
  account(accessToken: string): Promise<Account>;
  /** Revokes the session's refresh token. */
  signOut(accessToken: string): Promise<void>;
}

/** Signs people in and out without keeping anything. */
export function createPilabAuth(options: AuthOptions): PilabAuth {
  const { key, idleTimeoutMs = 15_000, retry = { maxAttempts: 2, baseDelayMs: 300 } } = options;
  const transport = createTransport({
    url: checkUrl(options.url),
    idleTimeoutMs,
    clock: createServerClock(),
  });
  const call = createCall(retry);

  async function asAccount(method: "GET" | "POST", path: string, accessToken: string, what: string) {
    return await call({ what }, async ({ signal }) => {
      const headers = { apikey: key, authorization: `Bearer ${accessToken}` };
      const answer = await transport.send({ method, path, headers, signal });
      if (answer.status === 403) throw new PilabError("not_signed_in", `${what}: the token was refused`);
      if (answer.status >= 400) throw answerError(answer);
      return answer.body;
    });
  }

  return {
    ...createSignIn(transport, key, call),
    async account(accessToken) {
      const what = "asking whose token it is";
      return parsed(account, parseJson(await asAccount("GET", "/auth/v1/user", accessToken, what)), what);
    },
    async signOut(accessToken) {
      await asAccount("POST", "/auth/v1/logout?scope=local", accessToken, "signing out");
    },
  };
}
