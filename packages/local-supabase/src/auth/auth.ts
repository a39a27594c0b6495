import type { App } from "@supabase/lite";
import { callerFromHeaders, signToken, TokenError, verifyToken } from "../gate.ts";
import { clientGone, readWhole } from "../whole-request.ts";
import { answerAdmin } from "./admin.ts";
import { AuthRefusal } from "./auth-error.ts";
import type { SignInLimit } from "./sign-in-limit.ts";
import type { Users } from "./users.ts";

/** What {@link createAuth} needs. */
export interface AuthOptions {
  app: App;
  users: Users;
  jwtSecret: string;
  limit: SignInLimit;
  /** The origin that tokens name as their issuer. */
  publicUrl: () => string;
}

// Opened by a browser from a link, without a key.
const OPEN_PATHS = new Set(["verify", "callback", "authorize", "health", ".well-known/jwks.json"]);

/** `/auth/v1`: lite's, with full claims in the tokens, a limit on failed sign-ins, bans, and `admin/users` of our own. */
export function createAuth(options: AuthOptions): (request: Request, from: string) => Promise<Response> {
  return async (request, from) => {
    try {
      return await answer(request, from, options);
    } catch (error) {
      if (error instanceof AuthRefusal) return error.toResponse();
      throw error;
    }
  };
}

async function answer(request: Request, from: string, options: AuthOptions): Promise<Response> {
  const { app, users, jwtSecret } = options;
  const url = new URL(request.url);
  const path = url.pathname.slice("/auth/v1/".length);
  if (request.method === "OPTIONS") return app.fetch(request);
  if (path === "admin/users" || path.startsWith("admin/users/"))
    return answerAdmin(request, users, jwtSecret);
  if (!OPEN_PATHS.has(path)) await requireApiKey(request, url, jwtSecret);
  const whole = await readWhole(request);
  if (whole === null) return clientGone();
  if (request.method === "POST" && path === "token") return token(whole, { url, from }, options);
  if (request.method === "POST" && (path === "signup" || path === "verify"))
    return withFullClaims(await app.fetch(whole), options);
  return app.fetch(whole);
}

/** Any valid key will do, as at Supabase's gateway: it tells a project's clients from passers-by. */
async function requireApiKey(request: Request, url: URL, jwtSecret: string): Promise<void> {
  const key = request.headers.get("apikey");
  const headers = key ? new Headers({ apikey: key }) : request.headers;
  await callerFromHeaders(jwtSecret, headers, url.searchParams).catch((error: unknown) => {
    if (error instanceof TokenError) throw new AuthRefusal(401, "no_authorization", error.message);
    throw error;
  });
}

async function token(
  request: Request,
  { url, from }: { url: URL; from: string },
  options: AuthOptions,
): Promise<Response> {
  if (url.searchParams.get("grant_type") !== "password")
    return withFullClaims(await options.app.fetch(request), options);
  // For each place, as GoTrue limits addresses: who guesses must not shut a Pi or a person elsewhere out.
  const account = `${from} ${await accountOf(request.clone())}`;
  const waitMs = options.limit.attempt(account);
  if (waitMs > 0) {
    throw new AuthRefusal(
      429,
      "over_request_rate_limit",
      "Too many failed sign-ins to this account from this address",
      {
        "retry-after": String(Math.ceil(waitMs / 1000)),
      },
    );
  }
  const response = await withFullClaims(await options.app.fetch(request), options);
  if (response.ok) options.limit.succeeded(account);
  return response;
}

async function accountOf(request: Request): Promise<string> {
  const body = (await request.json().catch(() => null)) as { email?: unknown } | null;
  return typeof body?.email === "string" ? body.email.toLowerCase() : "";
}

interface Session {
  access_token: string;
  user: { id: string };
}

/** lite's access tokens lack app_metadata, which every role here hangs on. Signs the answer's token again, as GoTrue would. */
async function withFullClaims(response: Response, options: AuthOptions): Promise<Response> {
  if (!response.ok) return response;
  const session = (await response.json()) as Session | Record<string, never>;
  if (!session.access_token)
    return Response.json(session, { status: response.status, headers: kept(response.headers) });
  const user = await options.users.get(session.user.id);
  if (typeof user.banned_until === "string" && Date.parse(user.banned_until) > Date.now()) {
    throw new AuthRefusal(400, "user_banned", "User is banned");
  }
  const claims = await verifyToken(options.jwtSecret, session.access_token);
  const full = await signToken(options.jwtSecret, {
    ...claims,
    iss: `${options.publicUrl()}/auth/v1`,
    phone: user.phone,
    app_metadata: user.app_metadata,
    user_metadata: user.user_metadata,
    aal: "aal1",
    amr: [{ method: "password", timestamp: claims.iat }],
    is_anonymous: user.is_anonymous,
  });
  return Response.json(
    { ...session, access_token: full },
    { status: response.status, headers: kept(response.headers) },
  );
}

/** The body has another length now. */
function kept(headers: Headers): Headers {
  const copy = new Headers(headers);
  for (const name of ["content-length", "content-type"]) copy.delete(name);
  return copy;
}
