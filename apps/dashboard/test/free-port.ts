import { randomInt } from "node:crypto";
import { createServer } from "node:net";

/**
 * A port of this machine that is free, and stays so while its server comes up or is away for a while: it is below those that
 * the system gives to connections by itself.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 32_000);
    const isFree = await new Promise<boolean>((resolve) => {
      const probe = createServer()
        .once("error", () => resolve(false))
        .listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
    });
    if (isFree) return port;
  }
}
