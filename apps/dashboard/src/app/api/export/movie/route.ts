import { movieFile } from "../../../../server/movie/movie-file.ts";
import { current } from "../../../../server/session/current.ts";
import { isOwnOrigin } from "../../../../server/session/own-origin.ts";

/** A series or a device's captures as MP4: `?series=&device=&from=&until=&dark=&blurred=&fps=&every=`. */
export async function GET(request: Request): Promise<Response> {
  // It takes a core for minutes: another site's page shall not make us begin one.
  if (!isOwnOrigin(request.headers, "GET")) return new Response("Cross-site request", { status: 403 });
  const who = await current();
  if (!who) return new Response("Sign in first", { status: 401 });
  return await movieFile(request, who);
}
