import type { PilabClient } from "@pilab/storage-core";
import { z } from "zod";
import { mayAct } from "../../lib/role.ts";
import { auditFilter } from "../audit-filter.ts";
import { hasServiceKey, withService } from "../service.ts";
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
  /** By what people know the ids that entries have. */
  names: operatorProcedure.query(async ({ ctx, signal }) => {
    const mayList = mayAct(ctx.identity.role, "admin") && hasServiceKey();
    const [devices, inLog, listed] = await Promise.all([
      ctx.pilab.devices.list(signal),
      peopleInLog(ctx.pilab, signal),
      // Names are a courtesy: without them the log still shows.
      mayList
        ? withService(ctx.accessToken, "admin", (service) => service.people.list(signal)).catch(() => [])
        : [],
    ]);
    return {
      devices: Object.fromEntries(devices.map(({ id, slug }) => [id, slug])),
      deviceAccounts: Object.fromEntries(
        devices.flatMap(({ user_id, slug }) => (user_id ? [[user_id, slug]] : [])),
      ),
      people: {
        ...Object.fromEntries([...inLog, ...listed].map(({ id, email }) => [id, email])),
        [ctx.identity.userId]: ctx.identity.email,
      },
    };
  }),
  /** What the last check of the chain found; null: none was made. */
  lastCheck: operatorProcedure.query(async ({ ctx, signal }) => {
    const checks = await ctx.pilab.checks.list(signal);
    return checks.find(({ check_name }) => check_name === "audit_chain") ?? null;
  }),
});

/** Operators may not list accounts; what they may read, the log, names those that PiLab made or changed, and removed ones. */
async function peopleInLog(pilab: PilabClient, signal: AbortSignal | undefined) {
  const { entries } = await pilab.audit.list({ objectType: "account", limit: 1000, signal });
  return entries.flatMap(({ object_id: id, device_id, details }) => {
    const { data: email } = z.email().safeParse(details.email);
    return id === null || device_id !== null || email === undefined ? [] : [{ id, email }];
  });
}
