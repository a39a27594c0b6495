import { EXPOSITION_TYPE, prometheusMetrics } from "@pilab/storage-core";
import { failed, isScraper, notForYou } from "../../../server/metrics/scrape.ts";
import { timed, timings } from "../../../server/metrics/timings.ts";
import { serviceClient } from "../../../server/service.ts";

export const dynamic = "force-dynamic";

/** Prometheus' text: docs/monitoring.md has the names. */
export async function GET(request: Request): Promise<Response> {
  return await timed("/api/metrics", async () => {
    if (!isScraper(request)) return notForYou();
    try {
      const snapshot = await serviceClient().fleet.metrics(request.signal);
      return new Response(prometheusMetrics(snapshot, { timings: timings().list() }), {
        headers: { "content-type": EXPOSITION_TYPE, "cache-control": "no-store" },
      });
    } catch (error) {
      return failed(error);
    }
  });
}
