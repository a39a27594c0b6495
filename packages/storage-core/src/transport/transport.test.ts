import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { withCorrelation } from "@pilab/logging";
import { afterEach, describe, expect, test } from "vitest";
import { createServerClock } from "./server-clock.ts";
import { createTransport, type Transport, type TransportOptions } from "./transport.ts";

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
});

/** A server and a transport to it. `connections` numbers the socket of each request. */
async function serve(
  answer: RequestListener,
  { idleTimeoutMs = 5000, basePath = "", throttle }: Partial<TransportOptions> & { basePath?: string } = {},
) {
  const sockets: object[] = [];
  const connections: number[] = [];
  const server = createServer((request, response) => {
    if (!sockets.includes(request.socket)) sockets.push(request.socket);
    connections.push(sockets.indexOf(request.socket));
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${basePath}`;
  const clock = createServerClock();
  const transport = createTransport({ url, idleTimeoutMs, clock, throttle });
  cleanUps.push(async () => {
    await transport.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { transport, connections, clock, server };
}

const read = async (request: IncomingMessage) => Buffer.concat(await request.toArray());
const upload = (transport: Transport, body: Uint8Array, signal?: AbortSignal) =>
  transport.send({ method: "POST", path: "/object", headers: {}, body, signal });

describe("createTransport", () => {
  test("sends the whole body with its length, below the base path, and reads the whole answer", async () => {
    const body = Buffer.alloc(1_000_000, "pilab");
    let seen: { url?: string | undefined; length?: string | undefined; body?: Buffer } = {};
    const { transport, clock } = await serve(
      async (request, response) => {
        seen = { url: request.url, length: request.headers["content-length"], body: await read(request) };
        response.end("answer");
      },
      { basePath: "/project/" },
    );
    const answer = await upload(transport, body);
    expect(answer.status).toBe(200);
    expect(answer.body.toString()).toBe("answer");
    expect(seen).toEqual({ url: "/project/object", length: "1000000", body });
    expect(Math.abs(clock.offsetMs() as number)).toBeLessThan(2000);
  });

  test("counts the bytes that go to Storage and come from it while they are on their way, and no others", async () => {
    const arrived = Promise.withResolvers<ServerResponse>();
    const { transport } = await serve(async (request, response) => {
      await read(request);
      if (request.url === "/storage/v1/a") arrived.resolve(response);
      else response.end("x".repeat(10_000));
    });
    const ask = (path: string, body: Uint8Array) =>
      transport.send({ method: "POST", path, headers: {}, body });
    await ask("/rest/v1/rpc", Buffer.alloc(50_000));
    expect(transport.storageBytes()).toBe(0);
    const sending = ask("/storage/v1/a", Buffer.alloc(1_000_000));
    const response = await arrived.promise;
    expect(transport.storageBytes()).toBeGreaterThan(1_000_000);
    response.end();
    await sending;
    const before = transport.storageBytes();
    await ask("/rest/v1/rpc", Buffer.alloc(50_000));
    expect(transport.storageBytes()).toBe(before);
    await ask("/storage/v1/b", Buffer.alloc(1));
    expect(transport.storageBytes()).toBeGreaterThan(before + 10_000);
    expect(transport.storageBytes()).toBeLessThan(before + 20_000);
  });

  test("sends pieces that lie in the same memory one after the other as they were", async () => {
    const { transport } = await serve(async (request, response) => {
      response.end(
        createHash("md5")
          .update(await read(request))
          .digest("hex"),
      );
    });
    const memory = Buffer.alloc(64 * 1024);
    const whole = Buffer.concat(Array.from({ length: 200 }, (_, i) => Buffer.alloc(memory.length, i)));
    async function* pieces() {
      for (let i = 0; i < 200; i += 1) yield memory.fill(i);
    }
    const body = { byteLength: whole.length, pieces };
    const answer = await transport.send({ method: "POST", path: "/", headers: {}, body });
    expect(answer.body.toString()).toBe(createHash("md5").update(whole).digest("hex"));
  });

  test("fails with what its body failed with, and sends no end of it", async () => {
    const cut = Promise.withResolvers<void>();
    const { transport } = await serve((request) => {
      request.resume().on("error", () => cut.resolve());
    });
    async function* pieces() {
      yield Buffer.alloc(1000);
      throw new Error("the file changed");
    }
    const sending = transport.send({
      method: "POST",
      path: "/",
      headers: {},
      body: { byteLength: 2000, pieces },
    });
    await expect(sending).rejects.toThrow("the file changed");
    await cut.promise;
  });

  test("does not take its own wait for bandwidth for a dead server, and still sees one that is", async () => {
    let hangs = false;
    const { transport } = await serve(
      async (request, response) => {
        if (!hangs) response.end(String((await read(request)).length));
      },
      { idleTimeoutMs: 100, throttle: () => sleep(250) },
    );
    expect((await upload(transport, Buffer.alloc(40_000))).body.toString()).toBe("40000");
    hangs = true;
    await expect(upload(transport, Buffer.alloc(40_000))).rejects.toMatchObject({ code: "ETIMEDOUT" });
  });

  test("carries the correlation id of the job, and none outside of one", async () => {
    const ids: unknown[] = [];
    const { transport } = await serve((request, response) => {
      ids.push(request.headers["x-correlation-id"]);
      response.end();
    });
    const id = "6ac4a2b6-7c4b-4d8e-9d3d-0f1a2b3c4d5e";
    await withCorrelation(id, () => transport.send({ method: "GET", path: "/", headers: {} }));
    await transport.send({ method: "GET", path: "/", headers: {} });
    expect(ids).toEqual([id, undefined]);
  });

  test("uses a connection again after a success, and never after a refused upload", async () => {
    let status = 200;
    const { transport, connections } = await serve(async (request, response) => {
      await read(request);
      response.writeHead(status).end("{}");
    });
    const body = Buffer.alloc(300_000);
    await upload(transport, body);
    await upload(transport, body);
    status = 409;
    expect((await upload(transport, body)).status).toBe(409);
    status = 200;
    await upload(transport, body);
    expect(connections).toEqual([0, 0, 0, 1]);
  });

  test("gets the answer of a server that refuses without reading the body, and is not held up by it afterwards", async () => {
    // What Supabase's server does: answers at once, keeps the connection open, never reads the rest.
    let refuse = true;
    const { transport, connections } = await serve((request, response) => {
      if (refuse) {
        request.pause();
        response.writeHead(400, { "content-length": 2 }).write("{}");
      } else {
        request.resume().on("end", () => response.end("ok"));
      }
    });
    expect((await upload(transport, Buffer.alloc(400_000))).status).toBe(400);
    refuse = false;
    expect((await upload(transport, Buffer.alloc(400_000))).body.toString()).toBe("ok");
    expect(connections).toEqual([0, 1]);
  });

  test("gives up on a server that never answers, and on one that stops in the middle of its answer", async () => {
    let partly = false;
    const { transport } = await serve(
      (_request, response) => {
        if (partly) response.writeHead(200, { "content-length": 10 }).write("half");
      },
      { idleTimeoutMs: 300 },
    );
    const get = () => transport.send({ method: "GET", path: "/", headers: {} });
    await expect(get()).rejects.toMatchObject({ code: "ETIMEDOUT" });
    partly = true;
    await expect(get()).rejects.toMatchObject({ code: "ETIMEDOUT" });
  });

  test("does not take a slow uplink for a dead server", async () => {
    const idleTimeoutMs = 1000;
    const { transport } = await serve(
      async (request, response) => {
        // Reads for longer than the idle timeout in all, with shorter pauses.
        for await (const _chunk of request) await sleep(10);
        response.end("done");
      },
      { idleTimeoutMs },
    );
    const startedAt = performance.now();
    expect((await upload(transport, Buffer.alloc(16_000_000))).body.toString()).toBe("done");
    expect(performance.now() - startedAt).toBeGreaterThan(idleTimeoutMs);
  });

  test("stops at once when aborted, and does not use that connection again", async () => {
    let answer = false;
    const arrived = Promise.withResolvers<void>();
    const { transport, connections } = await serve((request: IncomingMessage, response: ServerResponse) => {
      if (answer) request.resume().on("end", () => response.end());
      else arrived.resolve();
    });
    const abort = new AbortController();
    const sending = upload(transport, Buffer.alloc(10), abort.signal);
    await arrived.promise;
    abort.abort(new Error("enough"));
    await expect(sending).rejects.toThrow("enough");
    answer = true;
    await upload(transport, Buffer.alloc(10));
    expect(connections).toEqual([0, 1]);
  });

  test("tells of a connection that is cut", async () => {
    const { transport } = await serve((request) => request.socket.destroy());
    await expect(upload(transport, Buffer.alloc(10))).rejects.toMatchObject({ code: "ECONNRESET" });
  });

  test("streams an answer, keeps its connection when read to the end, and drops it when left", async () => {
    const { transport, connections } = await serve((_request, response) => {
      response.end(Buffer.alloc(2_000_000, "x"));
    });
    const open = () => transport.open({ method: "GET", path: "/", headers: {} });
    const whole = await open();
    expect(Buffer.concat(await whole.body.toArray())).toHaveLength(2_000_000);
    const left = await open();
    left.body.on("error", () => {}).destroy();
    const again = await open();
    expect(Buffer.concat(await again.body.toArray())).toHaveLength(2_000_000);
    expect(connections).toEqual([0, 0, 1]);
  });

  test("close ends requests under way", async () => {
    const arrived = Promise.withResolvers<void>();
    const { transport } = await serve(() => arrived.resolve());
    const sending = upload(transport, Buffer.alloc(10));
    await arrived.promise;
    const failed = expect(sending).rejects.toMatchObject({ code: "ECONNABORTED" });
    await transport.close();
    await failed;
  });
});
