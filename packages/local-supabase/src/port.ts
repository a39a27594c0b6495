import { readdir, readFile, readlink } from "node:fs/promises";
import type { Server } from "node:net";
import { basename } from "node:path";
import { PilabError } from "@pilab/schema";

const COMMAND_LENGTH_MAX = 100;

/** A process that listens on a port. */
export interface PortHolder {
  pid: number;
  command: string;
}

/** Where to listen. */
export interface ListenOptions {
  host: string;
  /** The port wanted; 0 lets the system choose. */
  port: number;
  /** How many ports are tried, from `port` upwards. Default 20. */
  tries?: number;
  /** Told of each port that was taken; `holder` is undefined where the system does not say. */
  onTaken?: (port: number, holder: PortHolder | undefined) => void;
}

/**
 * Listens on the port wanted, or on the next that is free, and gives the port it got.
 *
 * @throws PilabError `port_taken` when none of `tries` ports is free
 */
export async function listen(
  server: Server,
  { host, port, tries = 20, onTaken }: ListenOptions,
): Promise<number> {
  for (let candidate = port; candidate < port + tries && candidate < 65536; candidate++) {
    if (await tryListen(server, host, candidate)) return (server.address() as { port: number }).port;
    onTaken?.(candidate, await portHolder(candidate));
  }
  throw new PilabError(
    "port_taken",
    `no free port from ${port} to ${Math.min(port + tries, 65536) - 1} on ${host}`,
    {
      hint: "Give another with --port, or 0 for any.",
    },
  );
}

/** Who listens on a TCP port, by /proc; undefined on other systems, or when the process is another user's. */
export async function portHolder(port: number): Promise<PortHolder | undefined> {
  try {
    const inodes = new Set([
      ...listeningInodes(await readText("/proc/net/tcp"), port),
      ...listeningInodes(await readText("/proc/net/tcp6"), port),
    ]);
    if (inodes.size === 0) return undefined;
    for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
      if (await holdsAny(pid, inodes)) return { pid: Number(pid), command: await commandOf(pid) };
    }
  } catch {
    // No /proc: the holder stays unknown.
  }
  return undefined;
}

/** The socket inodes that listen on `port`, from the text of /proc/net/tcp or tcp6. */
export function listeningInodes(table: string, port: number): string[] {
  const LISTEN = "0A";
  return table
    .split("\n")
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(
      ([, local, , state]) => state === LISTEN && Number.parseInt(local?.split(":")[1] ?? "", 16) === port,
    )
    .map((fields) => fields[9] ?? "");
}

function tryListen(server: Server, host: string, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException) => {
      server.off("listening", onListening);
      if (error.code === "EADDRINUSE") resolve(false);
      else reject(listenError(error, host, port));
    };
    const onListening = () => {
      server.off("error", onError);
      resolve(true);
    };
    server.once("error", onError);
    server.once("listening", onListening);
    server.listen(port, host);
  });
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): Error {
  if (error.code === "EACCES") {
    return new PilabError("invalid_input", `port ${port} needs more rights than this user has`, {
      hint: "Use a port above 1023.",
      cause: error,
    });
  }
  if (error.code === "EADDRNOTAVAIL" || error.code === "ENOTFOUND") {
    return new PilabError("invalid_input", `${host} is no address of this machine`, {
      hint: "Use 127.0.0.1 for this machine alone, or 0.0.0.0 for every network it is in.",
      cause: error,
    });
  }
  return error;
}

async function holdsAny(pid: string, inodes: Set<string>): Promise<boolean> {
  const fds = await readdir(`/proc/${pid}/fd`).catch(() => []);
  for (const fd of fds) {
    const target = await readlink(`/proc/${pid}/fd/${fd}`).catch(() => "");
    if (target.startsWith("socket:[") && inodes.has(target.slice(8, -1))) return true;
  }
  return false;
}

async function commandOf(pid: string): Promise<string> {
  const [program = "", ...args] = (await readText(`/proc/${pid}/cmdline`)).split("\0");
  const command = [basename(program), ...args].join(" ").trim() || "unknown";
  return command.length <= COMMAND_LENGTH_MAX ? command : `${command.slice(0, COMMAND_LENGTH_MAX)} …`;
}

const readText = (path: string) => readFile(path, "utf8").catch(() => "");
