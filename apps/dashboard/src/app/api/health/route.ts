import { health } from "../../../server/metrics/health.ts";
import { timed } from "../../../server/metrics/timings.ts";

export const dynamic = "force-dynamic";

/** Each dependency with its latency, and the worker's tick: 200, or 503 when one of them is not well. */
export async function GET(): Promise<Response> {
  return await timed("/api/health", async () => {
    const report = await health();
    const status = report.status === "ok" ? 200 : 503;
    return Response.json(report, { status, headers: { "cache-control": "no-store" } });
  });
}
