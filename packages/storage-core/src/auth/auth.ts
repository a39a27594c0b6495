import type { RetryOptions } from "@pilab/retry";
import { ERRORS, isPilabError, PilabError } from "@pilab/schema";
import { z } from "zod";
import { asJob } from "../bound.ts";
import { checkUrl, createCall } from "../create-context.ts";
import type { SignedIn } from "../session.ts";
import { createSignIn, parseJson } from "../sign-in.ts";
import { answerError, parsed } from "../supabase-error.ts";
import { createServerClock } from "../transport/server-clock.ts";
import { createTransport, type TransportRequest } from "../transport/transport.ts";

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
  /** Revokes the session's refresh token; "others": those of the account's other sessions. */
  signOut(accessToken: string, which?: "local" | "others"): Promise<void>;
  /**
   * Sets the password of the token's account, and says nothing of whether the old one is known: sign in with it before.
   * The audit log is told first: an error with `details.changed` false says that it did not take it, and nothing is changed.
   * Throws `invalid_input` for one that Auth does not take, with Auth's words.
   */
  setPassword(accessToken: string, password: string): Promise<void>;
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

  async function asAccount(
    request: Pick<TransportRequest, "method" | "path"> & { readonly json?: object },
    { accessToken, what, once = false }: { accessToken: string; what: string; once?: boolean },
  ) {
    const { json, ...line } = request;
    return await call(
      { what },
      async ({ signal }) => {
        const headers = {
          apikey: key,
          authorization: `Bearer ${accessToken}`,
          ...(json && { "content-type": "application/json" }),
        };
        const body = json && Buffer.from(JSON.stringify(json));
        const answer = await transport.send({ ...line, headers, body, signal });
        if (answer.status === 403) throw new PilabError("not_signed_in", `${what}: the token was refused`);
        if (answer.status >= 400) throw answerError(answer);
        return answer.body;
      },
      once ? { maxAttempts: 1 } : {},
    );
  }

  async function recordChange(accessToken: string, refused: boolean): Promise<void> {
    const line = { method: "POST", path: "/rest/v1/rpc/record_password_change", json: { refused } } as const;
    await asAccount(line, { accessToken, what: "recording that a password changes" });
  }

  return {
    ...createSignIn(transport, key, call),
    async account(accessToken) {
      const what = "asking whose token it is";
      const body = await asAccount({ method: "GET", path: "/auth/v1/user" }, { accessToken, what });
      return parsed(account, parseJson(body), what);
    },
    async signOut(accessToken, which = "local") {
      const path = `/auth/v1/logout?scope=${which}`;
      await asAccount({ method: "POST", path }, { accessToken, what: "signing out" });
    },
    setPassword(accessToken, password) {
      return asJob(async () => {
        await recordChange(accessToken, false).catch((cause: unknown) => {
          const code = isPilabError(cause) ? cause.code : "internal";
          throw new PilabError(code, "The audit log did not take it, so the password stays as it is", {
            cause,
            details: { changed: false },
          });
        });
        try {
          // Once: Auth calls a second try with the same password a mistake.
          const how = { accessToken, what: "setting the password", once: true };
          await asAccount({ method: "PUT", path: "/auth/v1/user", json: { password } }, how);
        } catch (error) {
          // Where nobody knows whether it was set, the row stays: rather one change too many in the log than one too few.
          if (isPilabError(error) && !ERRORS[error.code].retryable)
            await recordChange(accessToken, true).catch(() => {});
          throw error;
        }
      });
    },
  };
}
