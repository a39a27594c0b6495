import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { childEnvironment } from "@pilab/testing";
import xterm from "@xterm/headless";

const MAIN = fileURLToPath(new URL("../src/main.ts", import.meta.url));

/** Whether util-linux's `script` is here, which lends a pseudo-terminal. */
export const hasScript =
  spawnSync("script", ["--version"], { encoding: "utf8" }).stdout?.includes("util-linux") ?? false;

/** pilab-top on a terminal of its own, as a person sees it. */
export interface Pty {
  /** What is on the screen: lines without blanks at their ends. */
  screen(): string[];
  /** All that was written to the terminal, controls included. */
  raw(): string;
  /** Waits until the screen shows it. */
  sees(wanted: string | RegExp): Promise<void>;
  press(keys: string): void;
  resize(columns: number, rows: number): void;
  /** Ends pilab-top by a signal. */
  kill(signal: NodeJS.Signals): Promise<void>;
  /** What the shell's `$?` was after it. */
  exitCode(): Promise<number>;
}

/** Starts it. `folder` is for the names of its terminal and its process. */
export function startPty(
  folder: string,
  args: readonly string[],
  env: Record<string, string>,
  { columns, rows }: { columns: number; rows: number },
): Pty {
  const command = [
    `stty cols ${columns} rows ${rows}`,
    `tty > ${join(folder, "tty")}`,
    `${process.execPath} ${MAIN} ${args.join(" ")} & echo $! > ${join(folder, "pid")}; fg > /dev/null`,
    "echo ended with $?",
  ].join("; ");
  const child: ChildProcessWithoutNullStreams = spawn(
    "script",
    ["-qefc", `set -m; ${command}`, "/dev/null"],
    {
      env: {
        ...childEnvironment(),
        TERM: "xterm-256color",
        LANG: "C.UTF-8",
        SHELL: "/bin/bash",
        ...env,
      },
    },
  );
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
  let raw = "";
  let written = Promise.resolve();
  let wake = () => {};
  child.stdout.on("data", (chunk: Buffer) => {
    raw += chunk.toString("utf8");
    written = new Promise((resolve) => terminal.write(chunk, resolve));
    wake();
  });
  const screen = () => {
    const { active } = terminal.buffer;
    return Array.from({ length: terminal.rows }, (_, row) =>
      (active.getLine(active.viewportY + row)?.translateToString(true) ?? "").trimEnd(),
    );
  };
  const has = (wanted: string | RegExp) => {
    const text = screen().join("\n");
    return typeof wanted === "string" ? text.includes(wanted) : wanted.test(text);
  };
  const pty: Pty = {
    screen,
    raw: () => raw,
    async sees(wanted) {
      const giveUpAt = performance.now() + 20_000;
      while (!has(wanted)) {
        if (performance.now() > giveUpAt)
          throw new Error(`never saw ${wanted} on\n${screen().join("\n")}\n${raw.slice(-2000)}`);
        await new Promise<void>((resolve) => {
          wake = resolve;
          setTimeout(resolve, 250);
        });
        await written;
      }
    },
    press: (keys) => child.stdin.write(keys),
    resize(width, height) {
      terminal.resize(width, height);
      spawnSync("sh", ["-c", `stty -F "$(cat ${join(folder, "tty")})" cols ${width} rows ${height}`]);
    },
    async kill(signal) {
      process.kill(Number(await readFile(join(folder, "pid"), "utf8")), signal);
    },
    async exitCode() {
      await pty.sees(/ended with (\d+)/);
      return Number(/ended with (\d+)/.exec(screen().join("\n"))?.[1]);
    },
  };
  return pty;
}
