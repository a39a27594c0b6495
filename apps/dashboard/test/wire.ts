import { connect, createServer, type Server, type Socket } from "node:net";

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
  const { hostname: host, port } = new URL(target);
  const open = new Set<Socket>();
  let delayMs = 0;
  let server: Server | undefined;

  const listen = (onPort: number) =>
    new Promise<void>((resolve, reject) => {
      server = createServer((near) => {
        const far = connect({ host, port: Number(port) });
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
      server.listen(onPort, "127.0.0.1", resolve);
    });

  await listen(0);
  const own = (server as unknown as Server).address() as { port: number };
  return {
    url: `http://127.0.0.1:${own.port}`,
    async cut() {
      if (server === undefined) return;
      const closed = new Promise((resolve) => server?.close(resolve));
      server = undefined;
      for (const socket of open) socket.destroy();
      await closed;
    },
    async mend() {
      if (server === undefined) await listen(own.port);
    },
    slow(ms) {
      delayMs = ms;
    },
  };
}
