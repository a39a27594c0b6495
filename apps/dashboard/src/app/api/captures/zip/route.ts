import { ERRORS, isPilabError } from "@pilab/schema";
import { z } from "zod";
import { mayAct } from "../../../../lib/role.ts";
import { MOST_ZIPPED } from "../../../../lib/zip-limit.ts";
import { attachment } from "../../../../server/attachment.ts";
import { verifiedIdentity } from "../../../../server/session/auth.ts";
import { type Current, current } from "../../../../server/session/current.ts";
import { isOwnOrigin } from "../../../../server/session/own-origin.ts";
import { zipOf } from "../../../../server/zip.ts";

export const dynamic = "force-dynamic";

const ids = z.array(z.uuid()).min(1).max(MOST_ZIPPED);

/** The selected captures as one ZIP, made while it is sent. */
export async function POST(request: Request): Promise<Response> {
  const who = await asker(request);
  if (who instanceof Response) return unlessPage(request, who);
  const wanted = ids.safeParse(String((await request.formData()).get("ids") ?? "").split(","));
  if (!wanted.success)
    return unlessPage(request, new Response(`Select 1 to ${MOST_ZIPPED} captures`, { status: 400 }));
  const name = `pilab-${new Date().toISOString().slice(0, 10)}-${wanted.data.length}-captures.zip`;
  return new Response(zipOf(who.session.accessToken, wanted.data, request.signal), {
    headers: {
      "content-type": "application/zip",
      "content-disposition": attachment(name),
      "cache-control": "no-store",
    },
  });
}

/** Whether who asks would get one: 204. Supabase is asked, too. */
export async function GET(request: Request): Promise<Response> {
  const who = await asker(request);
  if (who instanceof Response) return who;
  try {
    await verifiedIdentity(who.session.accessToken);
    return new Response(null, { status: 204, headers: { "cache-control": "no-store" } });
  } catch (error) {
    const status = isPilabError(error) ? ERRORS[error.code].httpStatus : 500;
    return new Response("There can be no ZIP now", { status });
  }
}

async function asker(request: Request): Promise<Current | Response> {
  if (!isOwnOrigin(request.headers, request.method))
    return new Response("Cross-site request", { status: 403 });
  const who = await current();
  if (!who) return new Response("Sign in first", { status: 401 });
  if (!mayAct(who.identity.role, "viewer"))
    return new Response("This needs the role viewer", { status: 403 });
  return who;
}

/** A page that sends a form is replaced by what it gets, unless that is nothing; programs are told. */
function unlessPage(request: Request, refusal: Response): Response {
  const isPage = request.headers.get("sec-fetch-mode") === "navigate";
  return isPage ? new Response(null, { status: 204 }) : refusal;
}
