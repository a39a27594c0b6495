import { mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "@supabase/supabase-js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type LocalSupabase, type LocalSupabaseOptions, startLocalSupabase } from "./server.ts";

describe("startLocalSupabase", { timeout: 60_000 }, () => {
  let folder: string;
  let running: LocalSupabase[];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "pilab-server-"));
    running = [];
  });
  afterEach(async () => {
    await Promise.all(running.map((supabase) => supabase.stop()));
    await rm(folder, { recursive: true, force: true });
  });

  async function start(options: Partial<LocalSupabaseOptions> = {}): Promise<LocalSupabase> {
    const supabase = await startLocalSupabase({
      dataDir: join(folder, "data"),
      port: 0,
      migrationsDir: null,
      ...options,
    });
    running.push(supabase);
    return supabase;
  }

  const client = ({ url, anonKey }: LocalSupabase) =>
    createClient(url, anonKey, { auth: { persistSession: false, autoRefreshToken: false } });

  it("makes keys and an admin once, and keeps accounts and sessions over a restart", async () => {
    const first = await start();
    const { email, password } = first.admin;
    const { data } = await client(first).auth.signInWithPassword({ email, password: password ?? "" });
    await first.stop();
    expect((await stat(join(folder, "data", "keys.json"))).mode & 0o777).toBe(0o600);

    const second = await start();
    expect(second).toMatchObject({
      anonKey: first.anonKey,
      jwtSecret: first.jwtSecret,
      admin: { email, password: null },
    });
    const refreshed = await client(second).auth.refreshSession({
      refresh_token: data.session?.refresh_token ?? "",
    });
    expect(refreshed.error).toBeNull();
    expect(refreshed.data.user?.app_metadata.pilab_role).toBe("admin");
  });

  it("refuses a folder that is in use, and frees it when a start fails", async () => {
    await start();
    await expect(start()).rejects.toMatchObject({ code: "lock_held" });

    const dataDir = join(folder, "other");
    const migrationsDir = join(folder, "migrations");
    await mkdir(migrationsDir);
    await writeFile(join(migrationsDir, "1_broken.sql"), "select 1 / 0");
    await expect(start({ dataDir, migrationsDir })).rejects.toThrow("1_broken.sql");
    expect((await start({ dataDir })).url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  });

  it("opens PGlite to other machines only to those who accept what a power cut may cost", async () => {
    await expect(start({ host: "0.0.0.0" })).rejects.toMatchObject({
      code: "invalid_environment",
      hint: expect.stringContaining("--accept-power-loss"),
    });
    const warnings: string[] = [];
    const logger = {
      debug() {},
      info() {},
      error() {},
      warn: (_: object, message: string) => warnings.push(message),
    };
    const open = await start({ host: "0.0.0.0", acceptPowerLoss: true, logger });
    expect((await fetch(`${open.url}/health`)).status).toBe(200);
    expect(warnings).toEqual([expect.stringContaining("without TLS")]);
  });

  it("stops though a client keeps its connection, and answers no more", async () => {
    const supabase = await start();
    await fetch(`${supabase.url}/health`);
    const channel = client(supabase).channel("open");
    await new Promise<void>((resolve) => {
      channel.subscribe((state) => state === "SUBSCRIBED" && resolve());
    });
    await supabase.stop();
    await expect(fetch(`${supabase.url}/health`)).rejects.toThrow();
    await supabase.stop();
  });
});
