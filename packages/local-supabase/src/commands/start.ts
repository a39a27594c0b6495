import { networkInterfaces } from "node:os";
import type { PilabLogger } from "@pilab/logging";
import { snapshotPglite } from "../backup/backup.ts";
import { openControl } from "../control.ts";
import { dataDirPaths } from "../data-dir.ts";
import { isLoopback } from "../listener.ts";
import { type LocalSupabase, startLocalSupabase } from "../server.ts";
import { readTls } from "../tls.ts";
import { commandFor, type Io, table } from "./io.ts";
import { runningFacts } from "./status.ts";

/** Options of {@link start}, as the command line gives them. */
export interface StartOptions {
  dataDir: string;
  port: number;
  host: string;
  database?: string | undefined;
  storage: boolean;
  jwtSecret?: string | undefined;
  tlsCert?: string | undefined;
  tlsKey?: string | undefined;
  acceptPowerLoss?: boolean;
}

/** `pilab-local start`: serves until `signal` aborts, then stops cleanly. */
export async function start(
  options: StartOptions,
  io: Io,
  { signal, logger }: { signal: AbortSignal; logger: PilabLogger },
): Promise<void> {
  const { dataDir, port, host, database, storage, jwtSecret, acceptPowerLoss } = options;
  io.err("Starting …");
  const tls = await readTls(options.tlsCert, options.tlsKey);
  const supabase = await startLocalSupabase({
    ...{ dataDir, port, host, storage, acceptPowerLoss: acceptPowerLoss ?? false, logger },
    ...(database && { database }),
    ...(jwtSecret && { jwtSecret }),
    ...(tls && { tls }),
    onPortTaken: (taken, holder) =>
      io.err(
        `Port ${taken} is taken by ${holder ? `process ${holder.pid} (${holder.command})` : "a process that is not known"}: trying the next.`,
      ),
  });
  try {
    const control = await openControl(supabase.dataDir, controlActions(supabase, database));
    try {
      for (const line of greeting(supabase, { secure: tls !== undefined })) io.out(line);
      process.send?.(served(supabase));
      await aborted(signal);
      io.err("Stopping …");
    } finally {
      await control.close();
    }
  } finally {
    await supabase.stop();
  }
  io.err("Stopped.");
}

/** What a program that started us over a channel (npm start) needs to use us. */
export type Served = Pick<LocalSupabase, "url" | "anonKey" | "serviceRoleKey" | "admin">;

function served({ url, anonKey, serviceRoleKey, admin }: LocalSupabase): Served {
  return { url, anonKey, serviceRoleKey, admin };
}

function controlActions(supabase: LocalSupabase, database: string | undefined) {
  return {
    status: () => runningFacts(supabase.sql),
    database: async () => ({ url: database ?? null }),
    snapshot: async ({ to }: Record<string, unknown>) =>
      snapshotPglite(supabase.sql, dataDirPaths(supabase.dataDir).db, String(to)),
  };
}

/** What the person who started it must know, and the password that nobody can tell them later. */
function greeting(supabase: LocalSupabase, { secure }: { secure: boolean }): string[] {
  const { url, host, engine, dataDir, admin } = supabase;
  const lines = [
    "PiLab's local Supabase is running.",
    "",
    ...table([
      ["URL", url],
      ...addressesBeyond(host).map(
        (address) => ["", `${url.replace(/127\.0\.0\.1|\[::1\]/, address)} from other machines`] as const,
      ),
      ["Data", dataDir],
      ["Keys", `${dataDirPaths(dataDir).keys} (shown by: ${commandFor("keys", dataDir)})`],
      [
        "Database",
        engine === "pglite" ? "PGlite, inside this process" : "the Postgres given with --database",
      ],
      ["Admin", admin.email],
      ...(admin.password
        ? [["Password", `${admin.password}   ← shown only this once: note it now`] as const]
        : []),
    ]),
    "",
  ];
  if (engine === "pglite") {
    lines.push(
      "PGlite survives a crash and kill -9, but not a power cut: the newest rows, or the whole database, may be lost.",
      `Make backups (${commandFor("backup <folder>", dataDir)}), or use a Postgres (--database).`,
    );
  }
  if (!isLoopback(host)) lines.push(...exposureWarnings(host, engine, secure));
  return [...lines, "Stop with Ctrl-C."];
}

function exposureWarnings(host: string, engine: LocalSupabase["engine"], secure: boolean): string[] {
  return [
    ...(engine === "pglite"
      ? [
          `WARNING: ${host} is open to other machines, and Pis may free their copies of what a power cut then loses.`,
        ]
      : []),
    ...(secure
      ? []
      : [
          `WARNING: ${host} is open to other machines without TLS: passwords, tokens and pictures can be read on the way.`,
          "         Give --tls-cert and --tls-key.",
        ]),
  ];
}

/** This machine's own addresses, when it listens on all of them. */
function addressesBeyond(host: string): string[] {
  if (host !== "0.0.0.0" && host !== "::") return [];
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.filter(({ family, internal }) => family === "IPv4" && !internal).map(({ address }) => address);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
