// The dashboard's production server, in this process: signals reach it. It is built first where that is due.
import { createServer } from "node:net";
import { dashboardEnv, isPilabError, parseEnvironment } from "@pilab/schema";
import { build } from "./build.ts";

const say = (line: string) => process.stderr.write(`${line}\n`);
try {
  const { host, port } = parseEnvironment(dashboardEnv, process.env);
  const server = await build(say);
  Object.assign(process.env, {
    NODE_ENV: "production",
    NEXT_TELEMETRY_DISABLED: "1",
    HOSTNAME: host,
    // Next.js reads 0 as its default.
    PORT: String(port === 0 ? await freePort(host) : port),
  });
  await import(server);
} catch (error) {
  process.stderr.write(`dashboard: ${isPilabError(error) ? error.message : String(error)}\n`);
  process.exitCode = isPilabError(error) ? 2 : 1;
}

function freePort(host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, host, () => {
      const address = server.address();
      server.close(() => resolve((address as { port: number }).port));
    });
  });
}
