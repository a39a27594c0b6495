import "server-only";
import { createPilabClient, type HealthReport, healthReport, type PilabClient } from "@pilab/storage-core";
import { env } from "../../env.ts";
import { once } from "../once.ts";
import { hasServiceKey, serviceClient } from "../service.ts";

const FRESH_MS = 5000;

/** How the project is, asked anew at most each five seconds, however many ask. */
export async function health(): Promise<HealthReport> {
  const kept = once("health", () => ({ at: 0, report: undefined as Promise<HealthReport> | undefined }));
  if (kept.report === undefined || Date.now() - kept.at > FRESH_MS) {
    kept.at = Date.now();
    kept.report = healthReport(hasServiceKey() ? serviceClient() : anonymous());
  }
  return await kept.report;
}

/** Without the service key: the dependencies can be asked by anybody, the worker's tick cannot. */
function anonymous(): PilabClient {
  return once("anonymous-client", () => {
    const { url, anonKey } = env().supabase;
    return createPilabClient({ url, key: anonKey, accessToken: anonKey, bucket: env().storage.bucket });
  });
}
