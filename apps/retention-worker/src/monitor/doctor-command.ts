import { isPilabError } from "@pilab/schema";
import { openChannel } from "../channels/open-channel.ts";
import type { CommandContext } from "../commands/command-context.ts";
import { type Worker, withWorker } from "../open-worker.ts";
import { table } from "./table.ts";

/** What doctor says of one thing. `warn`: it works, but somebody should know. */
export interface DoctorFinding {
  readonly check: string;
  readonly state: "ok" | "warn" | "fail";
  readonly say: string;
}

/** Looks at all that the worker needs. Exit code 1 when something of it does not work. */
export async function runDoctor(context: CommandContext, { json }: { json?: boolean }): Promise<number> {
  const findings = await withWorker(context, "doctor", (worker) => diagnose(worker, context.signal));
  context.output.out(
    json
      ? `${JSON.stringify(findings)}\n`
      : `${table(findings.map(({ state, check, say }) => [state, check, say])).join("\n")}\n`,
  );
  return findings.some(({ state }) => state === "fail") ? 1 : 0;
}

async function diagnose(worker: Worker, signal: AbortSignal): Promise<DoctorFinding[]> {
  const server = await serverFindings(worker);
  if (server.some(({ state }) => state === "fail")) return server;
  return [
    ...server,
    ...(await tryTo("service key", () => keyFindings(worker, signal))),
    ...(await tryTo("channels", () => channelFindings(worker, signal))),
    ...(await tryTo("worker", () => workerFindings(worker, signal))),
    ...(await tryTo("heartbeat URL", () => heartbeatFindings(worker, signal))),
  ];
}

async function serverFindings({ client }: Worker): Promise<DoctorFinding[]> {
  const { dependencies } = await client.health.check();
  return dependencies.map(({ name, ok, latencyMs, error }) => ({
    check: `server: ${name}`,
    state: ok ? "ok" : "fail",
    say: ok ? `answers in ${Math.round(latencyMs ?? 0)} ms` : (error?.message ?? "does not answer"),
  }));
}

/** No message has this id. */
const NO_DELIVERY = "00000000-0000-0000-0000-000000000000";

/** Does what only the service key may, and what changes nothing. */
async function keyFindings({ client, environment }: Worker, signal: AbortSignal): Promise<DoctorFinding[]> {
  await client.alerts.deliveries.settle(NO_DELIVERY, { sent: true });
  const buckets = (await client.retention.buckets(signal)).map(({ bucket_id }) => bucket_id);
  const { bucket } = environment.storage;
  const isKnown = buckets.includes(bucket);
  return [
    { check: "service key", state: "ok", say: "is the service key" },
    {
      check: "bucket",
      state: isKnown ? "ok" : "fail",
      say: isKnown
        ? `${bucket} is one of PiLab's`
        : `STORAGE_BUCKET ${bucket} is none of PiLab's; there are ${buckets.join(", ")}`,
    },
  ];
}

async function channelFindings({ client, source }: Worker, signal: AbortSignal): Promise<DoctorFinding[]> {
  const channels = (await client.alerts.channels.list(signal)).filter(({ enabled }) => enabled);
  if (channels.length === 0)
    return [
      { check: "channels", state: "warn", say: "none is on: nobody will be told of alerts (docs/alerts.md)" },
    ];
  return channels.map((row) => {
    const check = `channel ${row.name}`;
    try {
      openChannel(row, source);
      return {
        check,
        state: "ok",
        say: `${row.kind}, from ${row.min_severity} on; try it: pilab-retention alerts test ${row.name}`,
      };
    } catch (error) {
      return { check, state: "fail", say: sayOf(error) };
    }
  });
}

async function workerFindings({ client }: Worker, signal: AbortSignal): Promise<DoctorFinding[]> {
  const alive = (await client.workers.status(signal)).filter((worker) => worker.alive);
  if (alive.length === 0)
    return [
      {
        check: "worker",
        state: "warn",
        say: "none serves: nobody watches, and retention runs only by hand or timer",
      },
    ];
  return alive.flatMap(({ name, host, schedule, last_error }): DoctorFinding[] => [
    { check: "worker", state: "ok", say: `${name} serves on ${host}` },
    {
      check: "schedule",
      state: schedule === null ? "warn" : "ok",
      say: schedule === null ? "it runs no retention" : `retention at "${schedule}"`,
    },
    ...(last_error === null ? [] : [{ check: "last round", state: "fail", say: last_error } as const]),
  ]);
}

const ASK_TIMEOUT_MS = 10_000;

/** Asks its host only: a call would say that a worker is alive. */
async function heartbeatFindings({ environment }: Worker, signal: AbortSignal): Promise<DoctorFinding[]> {
  const check = "heartbeat URL";
  const url = environment.heartbeatUrl;
  if (url === undefined)
    return [
      { check, state: "warn", say: "HEARTBEAT_URL is not set: nobody notices when this machine is gone" },
    ];
  const { origin } = new URL(url);
  await fetch(origin, {
    method: "HEAD",
    redirect: "manual",
    signal: AbortSignal.any([signal, AbortSignal.timeout(ASK_TIMEOUT_MS)]),
  });
  return [{ check, state: "ok", say: `${origin} answers` }];
}

async function tryTo(check: string, look: () => Promise<DoctorFinding[]>): Promise<DoctorFinding[]> {
  return await look().catch((error: unknown) => [{ check, state: "fail", say: sayOf(error) } as const]);
}

function sayOf(error: unknown): string {
  if (isPilabError(error))
    return error.hint === undefined ? error.message : `${error.message}. ${error.hint}`;
  return error instanceof Error ? error.message : String(error);
}
