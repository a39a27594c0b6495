import "server-only";
import { cookies, headers } from "next/headers";
import { cache } from "react";
import { isSecure, type KeptSession, readSession, sessionCookies } from "./cookies.ts";
import { type Identity, identityOf } from "./identity.ts";

/** The session of this request and who it belongs to. The proxy has renewed it where that was due. */
export interface Current {
  readonly session: KeptSession;
  readonly identity: Identity;
}

/** Who is asking, if anybody is signed in; read once a request. */
export const current = cache(async (): Promise<Current | undefined> => {
  const jar = await cookies();
  const session = readSession((name) => jar.get(name)?.value);
  const identity = session && identityOf(session.accessToken);
  return session && identity ? { session, identity } : undefined;
});

/** Keeps a session in the browser's cookies, or takes it away; from a server action or a route. */
export async function keep(session: KeptSession | undefined): Promise<void> {
  const jar = await cookies();
  for (const cookie of sessionCookies(session, isSecure(await headers()))) jar.set(cookie);
}
