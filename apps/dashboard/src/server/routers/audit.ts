import { z } from "zod";
import { auditFilter } from "../../lib/audit-filter.ts";
import { operatorProcedure, router } from "../trpc.ts";

/** Who did what, when. */
export const auditRouter = router({
  list: operatorProcedure
    .input(auditFilter.extend({ limit: z.int().min(1).max(500).default(100), cursor: z.int().nullish() }))
    .query(async ({ ctx, input: { limit, cursor, since, until, ...filter }, signal }) =>
      ctx.pilab.audit.list({
        ...filter,
        since: since === undefined ? undefined : new Date(since),
        until: until === undefined ? undefined : new Date(until),
        limit,
        before: cursor ?? undefined,
        signal,
      }),
    ),
  /** By what people know the ids that entries have: accounts of devices, and devices. */
  names: operatorProcedure.query(async ({ ctx, signal }) => {
    const devices = await ctx.pilab.devices.list(signal);
    return {
      devices: Object.fromEntries(devices.map(({ id, slug }) => [id, slug])),
      accounts: Object.fromEntries(
        devices.flatMap(({ user_id, slug }) => (user_id ? [[user_id, slug]] : [])),
      ),
    };
  }),
  /** What the last check of the chain found; null: none was made. */
  lastCheck: operatorProcedure.query(async ({ ctx, signal }) => {
    const checks = await ctx.pilab.checks.list(signal);
    return checks.find(({ check_name }) => check_name === "audit_chain") ?? null;
  }),
});
