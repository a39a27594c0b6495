import { connect, createServer, type Server, type Socket } from "node:net";
import { freePort } from "./free-port.ts";

/** The way to a server, event streams and WebSockets included, that can be cut, and mended again under the same address. */
export interface Wire {
  readonly url: string;
  /** Ends what is open and refuses what comes. */
  cut(): Promise<void>;
  mend(): Promise<void>;
  /** What the server sends comes later by so much; for what is opened from now on. */
  slow(delayMs: number): void;
}

/** Lays one to a server on this machine. */
export async function layWire(target: string): Promise<Wire> {
  const { hostname: host, port: farPort } = new URL(target);
  const port = await freePort();
  const open = new Set<Socket>();
  let delayMs = 0;
  let server: Server | undefined;

  const listen = () =>
    new Promise<void>((resolve, reject) => {
      server = createServer((near) => {
        const far = connect({ host, port: Number(farPort) });
        const delay = delayMs;
        for (const [one, other] of [
          [near, far],
          [far, near],
        ] as const) {
          open.add(one);
          one.on("error", () => {});
          one.on("close", () => {
            open.delete(one);
            other.destroy();
          });
        }
        near.pipe(far);
        if (delay === 0) far.pipe(near);
        else {
          far.on("data", (chunk) => setTimeout(() => near.write(chunk), delay));
          far.on("end", () => setTimeout(() => near.end(), delay));
        }
      });
      server.once("error", reject);
      server.listen(port, "127.0.0.1", resolve);
    });

  await listen();
  return {
    url: `http://127.0.0.1:${port}`,
    async cut() {
      if (server === undefined) return;
      const closed = new Promise((resolve) => server?.close(resolve));
      server = undefined;
      for (const socket of open) socket.destroy();
      await closed;
    },
    async mend() {
      if (server === undefined) await listen();
    },
    slow(ms) {
      delayMs = ms;
    },
  };
}
