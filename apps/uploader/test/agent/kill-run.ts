import type { RunFlags } from "../../src/agent/settings.ts";
import type { AgentTimes } from "../../src/agent/times.ts";
import { type AgentLab, until } from "./lab.ts";

/** What {@link killUntilDone} does. */
export interface KillRun {
  readonly kills: number;
  readonly files: number;
  readonly flags?: RunFlags;
  readonly times?: Partial<AgentTimes>;
  /** Longest life of an agent, in milliseconds; it is killed at a random moment of it. Default 2500. */
  readonly lifeMs?: number;
  /** How long the last agent, which nobody kills, may take. Default 60 s. */
  readonly lastMs?: number;
  readonly onKill?: (kills: number) => void | Promise<void>;
}

/** Writes files while agents are started and killed; then lets one agent work until nothing waits, and ends it. */
export async function killUntilDone(lab: AgentLab, run: KillRun): Promise<{ kills: number; lives: number }> {
  const { kills, files, flags = {}, times = {}, lifeMs = 2500, lastMs = 60_000, onKill } = run;
  let killed = 0;
  let shot = 0;
  const camera = (async () => {
    // Spread over the kills, so that every life finds files at every stage.
    while (shot < files) {
      while (shot < files && shot <= (files * (killed + 1)) / kills) {
        shot += 1;
        await lab.shoot();
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })();
  while (killed < kills) {
    const agent = lab.start(flags, times);
    await new Promise((resolve) => setTimeout(resolve, 300 + Math.random() * (lifeMs - 300)));
    const end = await agent.kill("SIGKILL");
    if (end !== "SIGKILL")
      throw new Error(`an agent ended by itself: ${end} ${JSON.stringify(agent.log.at(-1))}`);
    killed += 1;
    await onKill?.(killed);
  }
  await camera;
  const last = lab.start(flags, times);
  const waiting = () =>
    lab.journal<{ state: string; files: number }>("select state, files from counters where files > 0");
  await last.said("ready");
  await until(
    () => {
      const counts = new Map(waiting().map(({ state, files }) => [state, files]));
      const busy = ["queued", "placed", "stored"].some((state) => counts.has(state));
      const seen = [...counts.values()].reduce((sum, count) => sum + count, 0);
      return !busy && seen >= lab.written.size;
    },
    { timeoutMs: lastMs, describe: waiting },
  );
  // The report of the uploads goes with the heartbeat after them.
  await until(async () => {
    const [{ ok } = { ok: 0 }] = await lab.rows<{ ok: number }>(
      "select coalesce(sum(ok), 0)::int as ok from upload_stats_hourly where device_id = $1",
      [lab.deviceId],
    );
    return ok >= lab.written.size;
  });
  const code = await last.kill("SIGTERM");
  if (code !== 0) throw new Error(`the last agent ended with ${code}: ${JSON.stringify(last.log.at(-1))}`);
  return { kills: killed, lives: killed + 1 };
}
