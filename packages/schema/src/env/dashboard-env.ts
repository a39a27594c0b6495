import { z } from "zod";
import { numeric } from "./fields.ts";

/**
 * DASHBOARD_PORT (3000; 0 = any free one), DASHBOARD_HOST (127.0.0.1; 0.0.0.0 for the whole network), METRICS_TOKEN (none)
 * → `{ port, host, metricsToken }`.
 */
export const dashboardEnv = z
  .object({
    DASHBOARD_PORT: numeric("a port from 0 to 65535", 3000, { min: 0, max: 65_535, whole: true }),
    DASHBOARD_HOST: z
      .string()
      .default("127.0.0.1")
      .refine((host) => /^[\w.:-]+$/.test(host), { error: "an address or a name to listen on" }),
    METRICS_TOKEN: z.string().min(16, { error: "at least 16 characters" }).optional(),
  })
  .transform((raw) => ({
    port: raw.DASHBOARD_PORT,
    host: raw.DASHBOARD_HOST,
    metricsToken: raw.METRICS_TOKEN,
  }));
