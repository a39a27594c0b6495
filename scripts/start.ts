import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { runDemo } from "../apps/uploader/src/demo/index.ts";
import { defaultDataDir } from "../packages/local-supabase/src/data-dir.ts";
import { readAccess, startLocalServer } from "./local-server.ts";

const FRAMES_KEPT = 500;
/** Ctrl-C reaches us twice at once: from the terminal, and from npm, which passes it on. */
const ONE_PRESS_MS = 1000;
const HELP = `npm start -- [options]     the whole system on this machine, until Ctrl-C

  --no-demo            remove the demo camera's frames and leave it out
  --every <seconds>    between two demo frames, 0.1 to 3600 (default: 5)
  --port <number>      the next free one is taken when it is not free; 0: any (default: 54321)

Everything is kept in PILAB_DATA_DIR, now ${defaultDataDir(process.env)}
`;

process.exitCode = await main();

/** Serves and feeds the system until a signal comes; 0 when it stopped cleanly. */
async function main(): Promise<number> {
  const options = readOptions();
  if (typeof options === "number") return options;
  const dataDir = defaultDataDir(process.env);
  const server = startLocalServer(dataDir, options.port);
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

  if (!(await server.ready)) {
    const code = await server.ended;
    // Another process has the data folder; the server said which.
    if (code === 75)
      say(
        "npm start: to run a second system beside it, give it a folder of its own: PILAB_DATA_DIR=~/pilab-2 npm start",
      );
    return askedAtMs === undefined ? code : 0;
  }
  try {
    const { demo: camera, everyMs } = options;
    await runDemo({
      ...(await readAccess(dataDir)),
      dataDir,
      camera,
      everyMs,
      keep: FRAMES_KEPT,
      binFolder: fileURLToPath(new URL("../bin", import.meta.url)),
      print: say,
      signal: stop.signal,
    });
  } catch (error) {
    say(`npm start: ${error instanceof Error ? error.message : String(error)}`);
    await server.stop();
    return 1;
  }
  return await server.stop();
}

function readOptions(): { demo: boolean; everyMs: number; port: string } | number {
  try {
    const { values } = parseArgs({
      options: {
        "no-demo": { type: "boolean", default: false },
        every: { type: "string", default: "5" },
        port: { type: "string", default: "54321" },
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
    if (!/^\d{1,5}$/.test(values.port) || Number(values.port) > 65_535)
      throw new Error(`--port is "${values.port}", it wants a number from 0 to 65535`);
    return { demo: !values["no-demo"], everyMs: seconds * 1000, port: values.port };
  } catch (error) {
    say(`npm start: ${(error as Error).message}\n\n${HELP}`);
    return 2;
  }
}

function say(line: string): void {
  console.log(line);
}
