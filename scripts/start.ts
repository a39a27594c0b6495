import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { runDemo } from "../apps/uploader/src/demo/index.ts";
import { commandFor } from "../packages/local-supabase/src/commands/io.ts";
import type { Served } from "../packages/local-supabase/src/commands/start.ts";
import { defaultDataDir } from "../packages/local-supabase/src/data-dir.ts";
import { answers, freePort, startAgent, startDashboard, startServer, startWorker } from "./system.ts";

/** The commands of this clone. */
const BIN = fileURLToPath(new URL("../bin", import.meta.url));
const FRAMES_KEPT = 500;
/** Ctrl-C reaches us twice at once: from the terminal, and from npm, which passes it on. */
const ONE_PRESS_MS = 1000;
const ANOTHER_SUPABASE = `SUPABASE_URL=https://… SUPABASE_ANON_KEY=… SUPABASE_SERVICE_ROLE_KEY=… ${BIN}/pilab-dashboard`;
const HELP = `npm start -- [options]     the whole system on this machine, until Ctrl-C

  --no-demo                  remove the demo camera's frames and leave it out
  --every <seconds>          between two demo frames, 0.1 to 3600 (default: 5)
  --port <number>            of Supabase; the next free one is taken when it is not free; 0: any (default: 54321)
  --dashboard-port <number>  likewise (default: DASHBOARD_PORT, else 3000)

Everything is kept in PILAB_DATA_DIR, now ${defaultDataDir(process.env)}
The dashboard alone, for a Supabase that runs elsewhere:
  ${ANOTHER_SUPABASE}
`;

process.exitCode = await main();

/** Serves and feeds the system until a signal comes; 0 when it stopped cleanly. */
async function main(): Promise<number> {
  const options = readOptions();
  if (typeof options === "number") return options;
  const dataDir = defaultDataDir(process.env);
  const server = startServer(dataDir, options.port);
  const stop = new AbortController();
  let askedAtMs: number | undefined;
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(name, () => {
      // Pressed again, it is meant; PGlite survives a kill.
      if (askedAtMs !== undefined && performance.now() - askedAtMs > ONE_PRESS_MS) server.kill();
      askedAtMs ??= performance.now();
      stop.abort();
    });
  }
  void server.ended.then(() => stop.abort());

  const served = (await server.said) as Served | undefined;
  if (served === undefined) {
    const code = await server.ended;
    // Another process has the data folder; the server said which.
    if (code === 75)
      say(
        "npm start: to run a second system beside it, give it a folder of its own: PILAB_DATA_DIR=~/pilab-2 npm start",
      );
    return askedAtMs === undefined ? code : 0;
  }
  try {
    await runSystem(served, dataDir, options, stop.signal);
  } catch (error) {
    say(`npm start: ${error instanceof Error ? error.message : String(error)}`);
    await server.stop();
    return 1;
  }
  return await server.stop();
}

/** The worker, the dashboard and the demo beside the server, until the signal aborts. Rejects when one cannot run. */
async function runSystem(
  served: Served,
  dataDir: string,
  options: Options,
  signal: AbortSignal,
): Promise<void> {
  const port = await freePort(options.dashboardPort);
  const failed = new AbortController();
  const ending = AbortSignal.any([signal, failed.signal]);
  const children = {
    "retention worker": startWorker(served, dataDir),
    dashboard: startDashboard(served, port),
  };
  for (const [name, { ended }] of Object.entries(children)) {
    void ended.then((code) => failed.abort(new Error(`the ${name} ended (exit ${code})`)));
  }
  try {
    await Promise.all([
      tellDashboard(`http://127.0.0.1:${port}`, served, ending),
      runDemo({
        ...served,
        dataDir,
        camera: options.demo,
        everyMs: options.everyMs,
        keep: FRAMES_KEPT,
        binFolder: BIN,
        startAgent,
        print: say,
        signal: ending,
      }),
    ]);
    if (!signal.aborted) failed.signal.throwIfAborted();
  } finally {
    await Promise.all(Object.values(children).map((child) => child.stop()));
  }
}

async function tellDashboard(url: string, { admin }: Served, signal: AbortSignal): Promise<void> {
  if (!(await answers(`${url}/sign-in`, signal))) return;
  const password =
    admin.password === null
      ? `the password shown at the first start (lost? ${BIN}/${commandFor("password", defaultDataDir(process.env))})`
      : `the password ${admin.password} (shown only this once: note it now)`;
  for (const line of [
    "",
    `The dashboard:  ${url}`,
    `Sign in as ${admin.email} with ${password}`,
    `The same dashboard on another Supabase:  ${ANOTHER_SUPABASE}`,
    "",
  ])
    say(line);
}

interface Options {
  demo: boolean;
  everyMs: number;
  port: string;
  dashboardPort: number;
}

function readOptions(): Options | number {
  try {
    const { values } = parseArgs({
      options: {
        "no-demo": { type: "boolean", default: false },
        every: { type: "string", default: "5" },
        port: { type: "string", default: "54321" },
        "dashboard-port": { type: "string", default: process.env.DASHBOARD_PORT ?? "3000" },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    if (values.help) {
      say(HELP);
      return 0;
    }
    const seconds = Number(values.every);
    if (!(seconds >= 0.1 && seconds <= 3600))
      throw new Error(`--every is "${values.every}", it wants seconds from 0.1 to 3600`);
    for (const name of ["port", "dashboard-port"] as const) {
      const port = values[name];
      if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535)
        throw new Error(`--${name} is "${port}", it wants a number from 0 to 65535`);
    }
    return {
      demo: !values["no-demo"],
      everyMs: seconds * 1000,
      port: values.port,
      dashboardPort: Number(values["dashboard-port"]),
    };
  } catch (error) {
    say(`npm start: ${(error as Error).message}\n\n${HELP}`);
    return 2;
  }
}

function say(line: string): void {
  console.log(line);
}
