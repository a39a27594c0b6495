import { createServer, type Server } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { listen, listeningInodes, type PortHolder, portHolder } from "./port.ts";

const servers: Server[] = [];
const server = () => {
  const made = createServer();
  servers.push(made);
  return made;
};
afterEach(async () => {
  await Promise.all(servers.splice(0).map((s) => new Promise((resolve) => s.close(resolve))));
});

describe("listening", () => {
  test("takes the next port when one is taken, and names who holds it", async () => {
    const taken = await listen(server(), { host: "127.0.0.1", port: 0 });
    const seen: [number, PortHolder | undefined][] = [];
    const got = await listen(server(), {
      host: "127.0.0.1",
      port: taken,
      onTaken: (...args) => seen.push(args),
    });
    expect(got).toBeGreaterThan(taken);
    expect(seen[0]?.[0]).toBe(taken);
    if (process.platform === "linux") expect(seen[0]?.[1]).toMatchObject({ pid: process.pid });
  });

  test("gives up after the ports it may try", async () => {
    const port = await listen(server(), { host: "127.0.0.1", port: 0 });
    await expect(listen(server(), { host: "127.0.0.1", port, tries: 1 })).rejects.toMatchObject({
      code: "port_taken",
    });
  });

  test("says that an address is not this machine's", async () => {
    await expect(listen(server(), { host: "192.0.2.1", port: 0 })).rejects.toThrow(
      "192.0.2.1 is no address of this machine",
    );
  });
});

describe("the holder of a port", () => {
  test("is unknown when nobody listens", async () => {
    const port = await listen(server(), { host: "127.0.0.1", port: 0 });
    await new Promise((resolve) => servers.pop()?.close(resolve));
    expect(await portHolder(port)).toBeUndefined();
  });

  test("is found among listening sockets only", () => {
    const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:D431 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 111 1 0 100 0 0 10 0
   1: 0100007F:D431 0100007F:9999 01 00000000:00000000 00:00000000 00000000     0        0 222 1 0 100 0 0 10 0
   2: 0100007F:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 333 1 0 100 0 0 10 0`;
    expect(listeningInodes(table, 0xd431)).toEqual(["111"]);
  });
});
