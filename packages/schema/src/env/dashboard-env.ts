import { z } from "zod";
import { numeric } from "./fields.ts";

/** DASHBOARD_PORT (3000; 0 = any free one) → `{ port }`. */
export const dashboardEnv = z
  .object({ DASHBOARD_PORT: numeric("a port from 0 to 65535", 3000, { min: 0, max: 65_535, whole: true }) })
  .transform((raw) => ({ port: raw.DASHBOARD_PORT }));
