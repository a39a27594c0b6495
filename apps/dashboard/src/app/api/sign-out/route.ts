import { auth } from "../../../server/session/auth.ts";
import { current, keep } from "../../../server/session/current.ts";
import { isOwnOrigin } from "../../../server/session/own-origin.ts";

/** Signs out here, and has the browser forget the pictures it kept; other browsers of the same person stay signed in. */
export async function POST(request: Request): Promise<Response> {
  if (!isOwnOrigin(request.headers, "POST")) return new Response("Cross-site request", { status: 403 });
  const who = await current();
  await keep(undefined);
  if (who)
    await auth()
      .signOut(who.session.accessToken)
      .catch(() => {}); // the cookies are gone either way
  return new Response(null, {
    status: 303,
    headers: { location: "/sign-in", "clear-site-data": '"cache"', "cache-control": "no-store" },
  });
}
