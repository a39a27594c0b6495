import { spawn } from "node:child_process";
import { PilabError } from "@pilab/schema";

/** What {@link runCamera} takes. */
export interface RunCameraOptions {
  /** Longest time for one picture, in ms. */
  timeoutMs: number;
  /** After an abort the camera may still finish for so long. Default 8 s. */
  graceMs?: number;
  signal?: AbortSignal | undefined;
}

const FILE = "{file}";
const GRACE_MS = 8000;
/** From SIGTERM to SIGKILL. */
const KILL_MS = 3000;
/** Enough of a program's last words to say what was wrong. */
const WORDS_BYTES = 2000;

/** Checks a camera's command once, before the first picture. @throws PilabError `invalid_input` */
export function checkCommand(command: readonly string[]): void {
  if (command.some((word) => word.includes(FILE))) return;
  const got = command.length === 0 ? "no command" : `"${command.join(" ")}"`;
  throw new PilabError("invalid_input", `capture got ${got}; it wants a command with ${FILE} in it`, {
    hint: `Put the camera's command after --, and ${FILE} where it names its picture: capture --interval 60 -- rpicam-still -o ${FILE}`,
  });
}

/**
 * Runs a camera's command once, `{file}` replaced, with everything that it starts in one process group, so that nothing
 * of it outlives its picture.
 *
 * @throws PilabError `timeout`, or `internal` with the program's last words
 */
export async function runCamera(
  command: readonly string[],
  file: string,
  { timeoutMs, graceMs = GRACE_MS, signal }: RunCameraOptions,
): Promise<void> {
  const [program = "", ...args] = command.map((word) => word.replaceAll(FILE, file));
  const child = spawn(program, args, { stdio: ["ignore", "ignore", "pipe"], detached: true });
  let words = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    words = (words + text).slice(-WORDS_BYTES);
  });
  let timedOut = false;
  const timers: NodeJS.Timeout[] = [];
  const endAfter = (ms: number) => {
    timers.push(
      setTimeout(() => {
        timedOut = true;
        killGroup(child.pid, "SIGTERM");
      }, ms),
      setTimeout(() => killGroup(child.pid, "SIGKILL"), ms + KILL_MS),
    );
  };
  const onAbort = () => endAfter(graceMs);
  // A second signal ends this process at once, and the camera with it.
  const onExit = () => killGroup(child.pid, "SIGKILL");
  process.once("exit", onExit);
  endAfter(timeoutMs);
  if (signal?.aborted) onAbort();
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    const end = await new Promise<string | null>((resolve, reject) => {
      child.once("error", (cause) => reject(notStarted(program, cause)));
      // Not "close": a grandchild that holds stderr open would hold us too.
      child.once("exit", (code, killedBy) => resolve(code === 0 ? null : (killedBy ?? `exit ${code}`)));
    });
    if (timedOut)
      throw new PilabError("timeout", `${program} took longer than ${timeoutMs / 1000} s${tail(words)}`);
    if (end !== null) throw new PilabError("internal", `${program} failed (${end})${tail(words)}`);
  } finally {
    for (const timer of timers) clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
    process.off("exit", onExit);
    killGroup(child.pid, "SIGKILL");
  }
}

function notStarted(program: string, cause: Error): PilabError {
  const missing = "code" in cause && cause.code === "ENOENT";
  return new PilabError(
    "internal",
    `${program} ${missing ? "is not installed" : `cannot be run: ${cause.message}`}`,
    {
      cause,
    },
  );
}

function tail(words: string): string {
  const last = words.trim().split("\n").slice(-3).join("; ").trim();
  return last === "" ? "" : `: ${last}`;
}

/** A group that is gone is what was wanted. */
function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && (error.code === "ESRCH" || error.code === "EPERM")))
      throw error;
  }
}
