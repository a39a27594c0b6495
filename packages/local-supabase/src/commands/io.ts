import { resolve } from "node:path";
import { createInterface } from "node:readline/promises";
import { defaultDataDir } from "../data-dir.ts";

/** Where a command writes and asks; replaced in tests. */
export interface Io {
  /** A line of the result, on stdout. */
  out(line: string): void;
  /** A line beside the result (progress, warnings), on stderr. */
  err(line: string): void;
  /** Asks the person at the terminal; undefined when there is none. */
  ask(question: string): Promise<string | undefined>;
}

/** The process's own stdout, stderr and terminal. */
export const terminal: Io = {
  out: (line) => process.stdout.write(`${line}\n`),
  err: (line) => process.stderr.write(`${line}\n`),
  async ask(question) {
    if (!process.stdin.isTTY) return undefined;
    const lines = createInterface({ input: process.stdin, output: process.stderr });
    try {
      return await lines.question(question);
    } finally {
      lines.close();
    }
  },
};

/** A command of ours as one types it in any terminal to meet this data folder: one in PILAB_DATA_DIR may not be set there. */
export function commandFor(command: string, dataDir: string): string {
  const folder = resolve(dataDir);
  if (folder === defaultDataDir({})) return `pilab-local ${command}`;
  const quoted = /^[\w@%+=:,./-]+$/.test(folder) ? folder : `'${folder.replaceAll("'", "'\\''")}'`;
  return `pilab-local ${command} --data-dir ${quoted}`;
}

/** Lines of `name  value`, the values in one column. */
export function table(rows: readonly (readonly [name: string, value: string])[]): string[] {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`);
}

/** `1.4 MB`, in powers of 1000 as disks are sold. */
export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), units.length - 1);
  const value = bytes / 1000 ** power;
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[power]}`;
}

/** `1 file`, `2 files`. */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${n.toLocaleString("en")} ${n === 1 ? one : many}`;
}
