import { createPilabAuth, createPilabClient, type PilabClient } from "@pilab/storage-core";
import {
  type FaultProxy,
  makeJpeg,
  startFaultProxy,
  startTestSupabase,
  type TestSupabase,
} from "@pilab/testing";
import { vi } from "vitest";
import { keptSession } from "../src/server/session/cookies.ts";
import type { Current } from "../src/server/session/current.ts";
import { identityOf } from "../src/server/session/identity.ts";
import { type AccountRole, makeAccount } from "./account.ts";

/** A project for what runs on the dashboard's server, without Next.js: this process has its environment. */
export interface Project {
  readonly supabase: TestSupabase;
  /** What the dashboard's code reaches it by: faults can be laid in its way. */
  readonly wire: FaultProxy;
  readonly service: PilabClient;
  /** A new account, signed in as the dashboard keeps it. */
  person(role: AccountRole): Promise<Current & { email: string; password: string }>;
  /** A new device and a client that uploads as it. */
  device(slug: string): Promise<{ id: string; pilab: PilabClient }>;
  /** A picture of its own bytes. */
  picture(options?: { width?: number; height?: number; noise?: number }): Promise<Buffer>;
  stop(): Promise<void>;
}

/** Starts one. */
export async function startProject(): Promise<Project> {
  const supabase = await startTestSupabase();
  const wire = await startFaultProxy({ target: supabase.url });
  const service = createPilabClient({ url: supabase.url, serviceKey: supabase.serviceRoleKey });
  const auth = createPilabAuth({ url: supabase.url, key: supabase.anonKey });
  const clients: PilabClient[] = [service];
  vi.stubEnv("SUPABASE_URL", wire.url);
  vi.stubEnv("SUPABASE_ANON_KEY", supabase.anonKey);
  vi.stubEnv("LOG_LEVEL", "silent");
  let pictures = 0;

  return {
    supabase,
    wire,
    service,
    async person(role) {
      const { email, password } = await makeAccount(supabase, role);
      const session = keptSession(await auth.signIn(email, password));
      const identity = identityOf(session.accessToken);
      if (!identity) throw new Error("no identity");
      return { session, identity, email, password };
    },
    async device(slug) {
      const { device, credentials } = await service.devices.create({ slug });
      const pilab = createPilabClient({ url: supabase.url, key: supabase.anonKey, ...credentials });
      clients.push(pilab);
      return { id: device.id, pilab };
    },
    async picture({ width = 320, height = 240, noise = 0.1 } = {}) {
      pictures += 1;
      return await makeJpeg({ width, height, noise, seed: pictures });
    },
    async stop() {
      vi.unstubAllEnvs();
      await Promise.all(clients.map((client) => client.close()));
      await wire.stop();
      await supabase.stop();
    },
  };
}
