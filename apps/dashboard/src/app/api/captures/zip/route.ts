import { z } from "zod";
import { attachment } from "../../../../server/attachment.ts";
import { current } from "../../../../server/session/current.ts";
import { isOwnOrigin } from "../../../../server/session/own-origin.ts";
import { zipOf } from "../../../../server/zip.ts";

const ids = z.array(z.uuid()).min(1).max(5000);

/** The selected captures as one ZIP, made while it is sent. */
export async function POST(request: Request): Promise<Response> {
  if (!isOwnOrigin(request.headers, "POST")) return new Response("Cross-site request", { status: 403 });
  const who = await current();
  if (!who) return new Response("Sign in first", { status: 401 });
  const wanted = ids.safeParse(String((await request.formData()).get("ids") ?? "").split(","));
  if (!wanted.success) return new Response("Select 1 to 5000 captures", { status: 400 });
  const name = `pilab-${new Date().toISOString().slice(0, 10)}-${wanted.data.length}-captures.zip`;
  return new Response(zipOf(who.session.accessToken, wanted.data, request.signal), {
    headers: {
      "content-type": "application/zip",
      "content-disposition": attachment(name),
      "cache-control": "no-store",
    },
  });
}
