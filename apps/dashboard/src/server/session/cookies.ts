import type { SignedIn } from "@pilab/storage-core";

/** What the cookies of a signed-in person hold. */
export interface KeptSession {
  readonly accessToken: string;
  /** By this machine's clock, a minute before the token runs out: a server's clock may be an hour off. */
  readonly usableUntilMs: number;
  readonly refreshToken: string;
}

/** One cookie to set; `value` "" takes it away. */
export interface CookieToSet {
  readonly name: string;
  readonly value: string;
  readonly httpOnly: true;
  readonly sameSite: "lax";
  readonly secure: boolean;
  readonly path: "/";
  readonly maxAge: number;
}

/** The names of the cookies: the tokens are apart, as a browser takes at most 4 kB in one. */
const ACCESS = "pilab_access";
const REFRESH = "pilab_refresh";

const KEPT_S = 30 * 24 * 3600;
const EXPIRY_MARGIN_MS = 60_000;

/** The session that the cookies of a request hold, if they do. */
export function readSession(get: (name: string) => string | undefined): KeptSession | undefined {
  const [, until, accessToken] = /^(\d+)\.(.+)$/.exec(get(ACCESS) ?? "") ?? [];
  const refreshToken = get(REFRESH);
  if (!accessToken || !refreshToken) return undefined;
  return { accessToken, usableUntilMs: Number(until), refreshToken };
}

/** A fresh session, to be kept. */
export function keptSession(
  { accessToken, expiresInS, refreshToken }: SignedIn,
  now = Date.now(),
): KeptSession {
  return { accessToken, usableUntilMs: Math.floor(now + usableForMs(expiresInS)), refreshToken };
}

/** How long a fresh token is used: not in its last minute, nor in the second half of a very short life. */
export function usableForMs(lifeS: number): number {
  const lifeMs = lifeS * 1000;
  return lifeMs - Math.min(EXPIRY_MARGIN_MS, lifeMs / 2);
}

/** The cookies that keep a session, or take it away. No script can read them, and no other site's request carries them. */
export function sessionCookies(session: KeptSession | undefined, secure: boolean): CookieToSet[] {
  const attributes = { httpOnly: true, sameSite: "lax", secure, path: "/" } as const;
  const maxAge = session ? KEPT_S : 0;
  return [
    {
      name: ACCESS,
      value: session ? `${session.usableUntilMs}.${session.accessToken}` : "",
      maxAge,
      ...attributes,
    },
    { name: REFRESH, value: session?.refreshToken ?? "", maxAge, ...attributes },
  ];
}

/** Whether the browser came by https: cookies are then kept for https alone. */
export function isSecure(requestHeaders: Headers): boolean {
  return requestHeaders.get("x-forwarded-proto")?.split(",")[0]?.trim() === "https";
}
