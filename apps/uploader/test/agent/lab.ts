import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { createPilabClient, type PilabClient } from "@pilab/storage-core";
import {
  childEnvironment,
  type Fault,
  type FaultProxy,
  makeJpeg,
  startFaultProxy,
  startTestSupabase,
  type TestSupabase,
} from "@pilab/testing";
import type { RunFlags } from "../../src/agent/settings.ts";
import type { AgentTimes } from "../../src/agent/times.ts";

/** What is started: arguments of node, and variables besides. */
const FROM_SOURCE = { args: [fileURLToPath(new URL("./child.ts", import.meta.url))], env: {} };

/** Hours of the design as moments of a test. */
const FAST: Partial<AgentTimes> = {
  heartbeatMs: 500,
  confirmAfterMs: 300,
  confirmEveryMs: 200,
  spaceEveryMs: 500,
  freeEveryMs: 500,
  awayMinMs: 20,
  awayMaxMs: 500,
  failedMinMs: 100,
  failedMaxMs: 1000,
  refusedMs: 1000,
  signInSpreadMs: 0,
  stopGraceMs: 6000,
  rescanMs: 1000,
  giveUpMs: 700,
  idleTimeoutMs: 1500,
};

/** An agent as a process. */
export interface AgentProcess {
  readonly child: ChildProcess;
  /** What it logged, parsed. */
  readonly log: readonly Record<string, unknown>[];
  /** Resolves when it has logged this message. */
  said(message: string | RegExp): Promise<void>;
  /** Exit code or signal. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
  /** Sends a signal and waits for the end; gives exit code or signal. */
  kill(signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null>;
}

/** A server, a proxy before it, one device, and a folder that a camera writes into. */
export interface AgentLab {
  readonly supabase: TestSupabase;
  readonly proxy: FaultProxy;
  readonly admin: PilabClient;
  readonly slug: string;
  readonly deviceId: string;
  readonly stateFolder: string;
  readonly spool: string;
  /** By hash: every finished picture that was written. */
  readonly written: ReadonlyMap<string, string>;
  readonly env: Record<string, string>;
  /** Writes a picture of its own bytes, as a careful camera does. */
  shoot(name?: string): Promise<string>;
  /** Notes a finished picture that something else wrote, by its bytes or its hash. */
  note(path: string, picture: Uint8Array | string): void;
  start(flags?: RunFlags, times?: Partial<AgentTimes>): AgentProcess;
  /** Rows of a query on the server. */
  rows<R>(sql: string, params?: unknown[]): Promise<R[]>;
  /** Rows of a query on the journal. */
  journal<R>(sql: string): R[];
  stop(): Promise<void>;
}

/** Starts a {@link AgentLab}; its folder lies under `parent`. `program`: its agents, `child.ts` in another form. */
export async function startAgentLab(
  slug = "pi-1",
  parent = tmpdir(),
  program: { args: readonly string[]; env: Readonly<Record<string, string>> } = FROM_SOURCE,
): Promise<AgentLab> {
  const supabase = await startTestSupabase();
  const proxy = await startFaultProxy({ target: supabase.url });
  const admin = createPilabClient({ url: supabase.url, serviceKey: supabase.serviceRoleKey });
  const { credentials, device } = await admin.devices.create({ slug });
  const stateFolder = await mkdtemp(join(parent, "pilab-agent-"));
  const spool = join(stateFolder, "spool");
  mkdirSync(spool);
  const written = new Map<string, string>();
  const agents: AgentProcess[] = [];
  const env = {
    ...childEnvironment(),
    SUPABASE_URL: proxy.url,
    SUPABASE_ANON_KEY: supabase.anonKey,
    PILAB_EMAIL: credentials.email,
    PILAB_PASSWORD: credentials.password,
    RETRY_BASE_DELAY: "0.02",
    RETRY_MAX_DELAY: "0.2",
    LOG_LEVEL: "debug",
    ...program.env,
  };
  let seed = 0;
  const note = (path: string, picture: Uint8Array | string) => {
    const hash = typeof picture === "string" ? picture : createHash("sha256").update(picture).digest("hex");
    written.set(hash, path);
  };
  return {
    ...{ supabase, proxy, admin, slug, deviceId: device.id, stateFolder, spool, written, env, note },
    async shoot(name) {
      seed += 1;
      const bytes = await makeJpeg({ width: 64, height: 48, seed });
      const path = join(spool, name ?? `${String(seed).padStart(5, "0")}.jpg`);
      await writeFile(`${path}.tmp`, bytes);
      await rename(`${path}.tmp`, path);
      note(path, bytes);
      return path;
    },
    start(flags = {}, times = {}) {
      const job = JSON.stringify({
        flags: { stateDir: stateFolder, settle: "0.1s", ...flags },
        times: { ...FAST, ...times },
      });
      const agent = startAgent([...program.args, job], env);
      agents.push(agent);
      return agent;
    },
    rows: async <R>(sql: string, params: unknown[] = []) =>
      (await supabase.sql.transaction((tx) => tx.query<R>(sql, params))).rows,
    journal<R>(sql: string) {
      const db = new DatabaseSync(join(stateFolder, "journal.db"), { readOnly: true });
      try {
        return db.prepare(sql).all() as R[];
      } finally {
        db.close();
      }
    },
    async stop() {
      await Promise.all(agents.map((agent) => agent.kill("SIGKILL")));
      await admin.close();
      await proxy.stop();
      await supabase.stop();
      await rm(stateFolder, { recursive: true, force: true });
    },
  };
}

function startAgent(args: readonly string[], env: Record<string, string>): AgentProcess {
  const child = spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "inherit"] });
  const log: Record<string, unknown>[] = [];
  const waiting: { matches: (message: string) => boolean; resolve: () => void }[] = [];
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.once("close", (code, signal) => resolve(code ?? signal));
  });
  let rest = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const entry = JSON.parse(line) as Record<string, unknown>;
      log.push(entry);
      for (const one of waiting) if (one.matches(String(entry.msg))) one.resolve();
    }
  });
  return {
    child,
    log,
    ended,
    said(message) {
      const matches = (text: string) =>
        typeof message === "string" ? text.includes(message) : message.test(text);
      if (log.some(({ msg }) => matches(String(msg)))) return Promise.resolve();
      return new Promise((resolve) => waiting.push({ matches, resolve }));
    },
    async kill(signal) {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      return await ended;
    },
  };
}

/** Polls until the check is true; rejects after `timeoutMs`, with what `describe` then tells. */
export async function until(
  check: () => boolean | Promise<boolean>,
  { timeoutMs = 30_000, describe = () => "" }: { timeoutMs?: number; describe?: () => unknown } = {},
): Promise<void> {
  const endsAt = performance.now() + timeoutMs;
  while (!(await check())) {
    if (performance.now() > endsAt)
      throw new Error(`waited ${timeoutMs} ms in vain: ${JSON.stringify(await describe())}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** A share of all requests fails, in every way that networks and servers have. */
export function spoil(proxy: FaultProxy, share: number): void {
  const faults: Fault[] = [
    { kind: "reset" },
    { kind: "answer", status: 500, body: { message: "internal error" } },
    { kind: "answer", status: 503, body: { message: "not now" } },
    { kind: "answer", status: 429, body: { message: "slow down" }, headers: { "retry-after": "0" } },
    { kind: "hang" },
    { kind: "cut-answer", afterBytes: 7 },
    { kind: "drop-answer" },
  ];
  // One after the other is asked whether it strikes: later ones have to strike more often to come as often.
  faults.forEach((fault, index) => {
    const each = share / faults.length;
    proxy.inject({ share: each / (1 - each * index), fault });
  });
}
