import { spawn } from "node:child_process";

const END_WITH_PARENT = new URL("end-with-parent.ts", import.meta.url).href;
/** Each of our programs ends within seconds of being asked; after this it hangs. */
const STOP_WITHIN_MS = 15_000;

/** One of our programs, as a child of this process. */
export interface Child {
  /** Its exit code, when it is gone. */
  ended: Promise<number>;
  /** What it said first on the channel to us; undefined when it ended before. */
  said: Promise<unknown>;
  /** Asks it to stop, and ends it when it does not. Resolves when it is gone. */
  stop(): Promise<number>;
  kill(): void;
}

/**
 * Starts a program by our own Node.js. It is not in our process group, so that Ctrl-C reaches us alone and what uses the
 * server stops before it does; the channel to it ends with us, however we die, and it ends with the channel.
 */
export function startChild(
  args: readonly string[],
  {
    env = {},
    stdout = "inherit",
  }: { env?: Readonly<Record<string, string>>; stdout?: "inherit" | "ignore" } = {},
): Child {
  const child = spawn(process.execPath, ["--import", END_WITH_PARENT, ...args], {
    detached: true,
    env: { ...process.env, ...env },
    stdio: ["ignore", stdout, "inherit", "ipc"],
  });
  const ended = new Promise<number>((resolve, reject) => {
    child.on("error", reject).on("exit", (code) => resolve(code ?? 1));
  });
  const said = new Promise<unknown>((resolve) => child.once("message", resolve));
  return {
    ended,
    said: Promise.race([said, ended.then(() => undefined)]),
    async stop() {
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), STOP_WITHIN_MS);
      try {
        return await ended;
      } finally {
        clearTimeout(timer);
      }
    },
    kill: () => child.kill("SIGKILL"),
  };
}
