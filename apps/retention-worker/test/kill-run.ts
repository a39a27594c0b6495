import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { childEnvironment } from "@pilab/testing";
import { checkBooks, type RetentionLab } from "./lab.ts";

const CHILD = fileURLToPath(new URL("./kill-child.ts", import.meta.url));

/** What {@link killUntilDone} does. */
export interface KillRun {
  readonly kills: number;
  /** Longest life of a worker, in milliseconds; it is killed at a random moment of it. */
  readonly lifeMs: number;
  readonly env?: Record<string, string>;
}

/**
 * Lets workers run retention and kills them at random moments; then one runs to its end, however many runs that takes. Gives
 * how many were killed while they worked, the others having been quicker.
 */
export async function killUntilDone(
  lab: RetentionLab,
  { kills, lifeMs, env = {} }: KillRun,
): Promise<{ killed: number }> {
  let killed = 0;
  for (let life = 0; life < kills; life++) {
    if ((await live(lab, env, STARTING_MS + Math.random() * lifeMs)) === "SIGKILL") killed++;
    await checkWhileRunning(lab);
  }
  const end = await live(lab, env, undefined);
  if (end !== 0) throw new Error(`the last worker ended with ${end}`);
  await checkBooks(lab);
  return { killed };
}

/** What a Node process needs before it does anything. */
const STARTING_MS = 300;

async function live(
  lab: RetentionLab,
  env: Record<string, string>,
  killAfterMs: number | undefined,
): Promise<number | NodeJS.Signals | null> {
  const child = spawn(process.execPath, [CHILD], {
    env: { ...childEnvironment(), ...lab.env, CHUNK_SIZE: "20", ...env },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.on("close", (code, signal) => resolve(signal ?? code));
  });
  const timer = killAfterMs === undefined ? undefined : setTimeout(() => child.kill("SIGKILL"), killAfterMs);
  const end = await ended;
  clearTimeout(timer);
  return end;
}

/** Also between two lives no live row may be without its object. */
async function checkWhileRunning(lab: RetentionLab): Promise<void> {
  const [{ n } = { n: 0 }] = await lab.rows<{ n: number }>(
    `select count(*)::int as n from public.captures c where purging_at is null
     and not exists (select from storage.objects o where o.bucket_id = c.bucket_id and o.name = c.object_path)`,
  );
  if (n > 0) throw new Error(`${n} captures that are not being purged have lost their objects`);
}
