import { type NextRequest, NextResponse } from "next/server";
import { policyOf, securityHeaders } from "./server/security-headers.ts";
import { freshSession, longSession } from "./server/session/auth.ts";
import { isSecure, readSession, sessionCookies } from "./server/session/cookies.ts";
import { identityOf } from "./server/session/identity.ts";
import { addressOf, signInGuard } from "./server/session/sign-in-guard.ts";

/** Files that are written while they are sent: they take as long as the client does. */
const LONG_WORK = /^\/api\/(export\/|captures\/zip$)/;

/** Before each page and call: renews the session where that is due, and says what the page may load. */
export async function proxy(request: NextRequest): Promise<NextResponse> {
  const secure = isSecure(request.headers);
  const kept = readSession((name) => request.cookies.get(name)?.value);
  const session =
    kept && (await (LONG_WORK.test(request.nextUrl.pathname) ? longSession : freshSession)(kept));
  const changed = session === kept ? [] : sessionCookies(session, secure);
  if (changed.length > 0 && session) {
    const account = identityOf(session.accessToken)?.email ?? "";
    signInGuard().seen({ account, address: addressOf(request.headers) });
  }
  // What renders this answer reads the request's cookies: they must be the new ones there, too.
  for (const { name, value } of changed) {
    if (value === "") request.cookies.delete(name);
    else request.cookies.set(name, value);
  }

  const nonce = Buffer.from(crypto.randomUUID()).toString("base64");
  const { pathname } = request.nextUrl;
  const policy = policyOf(pathname, { nonce, development: process.env.NODE_ENV === "development" });
  const headers = new Headers(request.headers);
  headers.set("x-nonce", nonce);
  headers.set("x-path", request.nextUrl.pathname + request.nextUrl.search);
  headers.set("content-security-policy", policy);

  const response = NextResponse.next({ request: { headers } });
  for (const cookie of changed) response.cookies.set(cookie);
  response.headers.set("content-security-policy", policy);
  for (const [name, value] of securityHeaders(pathname)) response.headers.set(name, value);
  if (secure) response.headers.set("strict-transport-security", "max-age=31536000");
  return response;
}

/** Everything but the build's own files, which are the same for everybody. */
export const config = { matcher: ["/((?!_next/static|icon.svg|favicon.ico).*)"] };
