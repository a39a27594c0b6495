import { usageReport } from "@pilab/storage-core";
import { asUser } from "../../../../server/clients.ts";
import { failed, isScraper, notForYou } from "../../../../server/metrics/scrape.ts";
import { timed } from "../../../../server/metrics/timings.ts";
import { serviceClient } from "../../../../server/service.ts";
import { current } from "../../../../server/session/current.ts";

export const dynamic = "force-dynamic";

/** How full a bucket is, `?bucket=` or the dashboard's: for the signed-in under their own rights, and for scrapers. */
export async function GET(request: Request): Promise<Response> {
  return await timed("/api/storage/usage", async () => {
    const bucket = new URL(request.url).searchParams.get("bucket") ?? undefined;
    try {
      const person = await current();
      if (!person && !isScraper(request)) return notForYou();
      const usage = person
        ? await asUser(person.session.accessToken, (pilab) => usageReport(pilab, bucket))
        : await usageReport(serviceClient(), bucket);
      return Response.json(usage, { headers: { "cache-control": "no-store" } });
    } catch (error) {
      return failed(error);
    }
  });
}
