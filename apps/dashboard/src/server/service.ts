import "server-only";
import { PilabError, parseEnvironment, supabaseEnv } from "@pilab/schema";
import { createPilabClient, type PilabClient } from "@pilab/storage-core";
import { env } from "../env.ts";
import { mayAct, type Role } from "../lib/role.ts";
import { once } from "./once.ts";
import { verifiedIdentity } from "./session/auth.ts";

/** Whether this dashboard was given the service key: without it nobody can be invited and no device be made from here. */
export function hasServiceKey(): boolean {
  return serviceKey() !== undefined;
}

/**
 * Works with the service key, which passes every row-level security: only for what no user's rights reach, and only after
 * the server said anew who asks and that the role allows it. The audit log gets the person as claimed actor.
 */
export async function withService<T>(
  accessToken: string,
  needed: Role,
  work: (service: PilabClient) => Promise<T>,
): Promise<T> {
  const { userId, role } = await verifiedIdentity(accessToken);
  if (!mayAct(role, needed)) throw new PilabError("forbidden", `This needs the role ${needed}`);
  const service = openServiceClient(userId);
  try {
    return await work(service);
  } finally {
    await service.close();
  }
}

/** The same for what no person asks: metrics. One client for the process's life. */
export function serviceClient(): PilabClient {
  return once("service-client", () => openServiceClient(undefined));
}

function openServiceClient(actor: string | undefined): PilabClient {
  const key = serviceKey();
  if (key === undefined) {
    throw new PilabError("invalid_environment", "This dashboard has no service key", {
      hint: "Set SUPABASE_SERVICE_ROLE_KEY (or SUPABASE_SECRET_KEY) for the dashboard's process, and start it again.",
    });
  }
  return createPilabClient({ url: env().supabase.url, serviceKey: key, bucket: env().storage.bucket, actor });
}

function serviceKey(): string | undefined {
  return parseEnvironment(supabaseEnv, process.env).serviceKey;
}
