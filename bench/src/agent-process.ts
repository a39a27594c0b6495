import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { agentProgram } from "./agent-program.ts";

/** How the agent is started. */
export interface AgentStart {
  readonly stateFolder: string;
  /** More options of `run`. */
  readonly flags?: readonly string[];
  /** Where it sends to, and as whom. */
  readonly account: {
    readonly url: string;
    readonly anonKey: string;
    readonly email: string;
    readonly password: string;
  };
  /** Folder of the compile cache: the first start with a new one compiles. */
  readonly compiled: string;
}

/** What a process has cost so far. */
export interface Usage {
  readonly rssMb: number;
  readonly peakRssMb: number;
  readonly cpuS: number;
  readonly writtenBytes: number;
}

/** Starts the bundle's `run` with the options and variables of its unit; resolves when it says that it is ready. */
export async function startAgent({ stateFolder, flags = [], account, compiled }: AgentStart) {
  const program = await agentProgram();
  const startedAt = performance.now();
  const child = spawn(
    process.execPath,
    [...program.args, "run", "--state-dir", stateFolder, "--settle", "0", ...flags],
    {
      env: {
        PATH: process.env.PATH ?? "",
        ...program.env,
        NODE_COMPILE_CACHE: compiled,
        SUPABASE_URL: account.url,
        SUPABASE_ANON_KEY: account.anonKey,
        PILAB_EMAIL: account.email,
        PILAB_PASSWORD: account.password,
        LOG_LEVEL: "debug",
      },
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  let stored = 0;
  await new Promise<void>((resolve, reject) => {
    child.once("close", (code) => reject(new Error(`the agent ended with ${code}`)));
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      if (text.includes('"msg":"ready"')) resolve();
      stored += text.split('"msg":"stored"').length - 1;
    });
  });
  return {
    readyMs: performance.now() - startedAt,
    stored: () => stored,
    usage: () => usageOf(child),
    async stop() {
      const ended = once(child, "close");
      child.kill("SIGTERM");
      await ended;
    },
  };
}

function usageOf({ pid }: ChildProcess): Usage {
  const read = (name: string) => readFileSync(`/proc/${pid}/${name}`, "utf8");
  const field = (text: string, name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(text)?.[1]);
  const ticks = read("stat").split(") ")[1]?.split(" ") ?? [];
  const [status, io] = [read("status"), read("io")];
  return {
    rssMb: field(status, "VmRSS") / 1024,
    peakRssMb: field(status, "VmHWM") / 1024,
    cpuS: (Number(ticks[11]) + Number(ticks[12])) / 100,
    writtenBytes: field(io, "write_bytes") - field(io, "cancelled_write_bytes"),
  };
}
