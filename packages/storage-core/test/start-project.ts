import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type FaultProxy,
  makeJpeg,
  startFaultProxy,
  startTestSupabase,
  type TestSupabase,
} from "@pilab/testing";
import { createPilabClient, type PilabClient } from "../src/client.ts";
import type { ClientOptions } from "../src/create-context.ts";
import type { Credentials } from "../src/session.ts";

/** A project of a suite's own: a server, a proxy before it, a folder for files, and devices as many as are wanted. */
export interface Project {
  readonly supabase: TestSupabase;
  readonly proxy: FaultProxy;
  readonly service: PilabClient;
  /** A fresh device and a client that is signed in as it, through the proxy. */
  device(options?: Partial<ClientOptions>): Promise<{
    pilab: PilabClient;
    slug: string;
    id: string;
    credentials: { email: string; password: string };
  }>;
  /** Any client, through the proxy. */
  client(options: Partial<ClientOptions> & Credentials): PilabClient;
  /** A JPEG of its own bytes. */
  picture(takenAt?: string): Promise<Buffer>;
  file(name: string, bytes: Uint8Array): Promise<string>;
  readonly folder: string;
  stop(): Promise<void>;
}

/** Starts a {@link Project}. Waits between attempts are a few milliseconds. */
export async function startProject(): Promise<Project> {
  const supabase = await startTestSupabase();
  const proxy = await startFaultProxy({ target: supabase.url });
  const folder = await mkdtemp(join(tmpdir(), "pilab-core-"));
  const clients: PilabClient[] = [];
  const client: Project["client"] = (options) => {
    const made = createPilabClient({
      url: proxy.url,
      key: supabase.anonKey,
      retry: { baseDelayMs: 5, maxDelayMs: 20 },
      ...options,
    });
    clients.push(made);
    return made;
  };
  const service = client({ serviceKey: supabase.serviceRoleKey });
  let devices = 0;
  let pictures = 0;
  return {
    supabase,
    proxy,
    service,
    client,
    folder,
    async device(options = {}) {
      devices += 1;
      const { device, credentials } = await service.devices.create({ slug: `pi-${devices}` });
      return { pilab: client({ ...options, ...credentials }), slug: device.slug, id: device.id, credentials };
    },
    async picture(takenAt = "2026:03:09 14:15:02") {
      pictures += 1;
      return await makeJpeg({ width: 64, height: 48, seed: pictures, exif: { takenAt } });
    },
    async file(name, bytes) {
      const path = join(folder, name);
      await writeFile(path, bytes);
      return path;
    },
    async stop() {
      await Promise.all(clients.map((made) => made.close()));
      await proxy.stop();
      await supabase.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
