import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { type AttemptReport, classify, retry } from "../src/index.ts";

// What Node's fetch really throws and answers, where the other tests only imitate it.

let server: Server;
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** A server that answers its nth request by the nth handler, and the last one from then on. */
async function serve(...handlers: RequestListener[]): Promise<string> {
  let requests = 0;
  server = createServer((request, response) => {
    const handler = handlers[Math.min(requests, handlers.length - 1)];
    requests += 1;
    handler?.(request, response);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const ok: RequestListener = (_, response) => response.end("done");
const busy: RequestListener = (_, response) => response.writeHead(503, { "retry-after": "0" }).end("busy");
const hangs: RequestListener = () => {};
const cuts: RequestListener = (request) => request.socket.destroy();
const cutsItsAnswer: RequestListener = (_, response) => {
  response.writeHead(200, { "content-length": "100" });
  response.write("half", () => response.destroy());
};

/** As the README has it. */
async function get(url: string, signal?: AbortSignal): Promise<string> {
  const answer = await fetch(url, { signal: signal ?? null });
  const body = await answer.text();
  if (!answer.ok) throw Object.assign(new Error(body), { status: answer.status, headers: answer.headers });
  return body;
}

const thrownBy = (promise: Promise<unknown>) => promise.then(String, (error: unknown) => error);

test("503 twice, then 200: three attempts", async () => {
  const url = await serve(busy, busy, ok);
  const reports: AttemptReport[] = [];
  const options = { baseDelayMs: 1, onAttempt: (report: AttemptReport) => reports.push(report) };
  await expect(retry(({ signal }) => get(url, signal), options)).resolves.toBe("done");
  expect(
    reports.map(({ next, classification }) => [next, classification?.code, classification?.retryAfterMs]),
  ).toEqual([
    ["wait", "server_busy", 0],
    ["wait", "server_busy", 0],
    ["done", undefined, undefined],
  ]);
});

test.each([
  ["before the answer", cuts],
  ["in the middle of the answer", cutsItsAnswer],
])("a connection cut %s is a network error, and tried again", async (_when, handler) => {
  const url = await serve(handler, handler, ok);
  expect(classify(await thrownBy(get(url)))).toEqual({ kind: "transient", code: "network" });
  await expect(retry(({ signal }) => get(url, signal), { baseDelayMs: 1 })).resolves.toBe("done");
});

test("a refused connection is a network error", async () => {
  const url = await serve(ok);
  server.close();
  await once(server, "close");
  expect(classify(await thrownBy(get(url)))).toEqual({ kind: "transient", code: "network" });
});

test("a server that hangs is given up when the budget is spent", async () => {
  const url = await serve(hangs);
  const run = retry(({ signal }) => get(url, signal), { budgetMs: 50 });
  await expect(run).rejects.toMatchObject({
    code: "timeout",
    message: "No success within the time budget of 50 ms",
  });
});

test("fetch's own timeout is tried again, an abort is not", async () => {
  const url = await serve(hangs, ok);
  expect(classify(await thrownBy(get(url, AbortSignal.abort())))).toEqual({
    kind: "aborted",
    code: "aborted",
  });
  const withTimeout = ({ number }: { number: number }) =>
    get(url, number === 1 ? AbortSignal.timeout(20) : undefined);
  await expect(retry(withTimeout, { baseDelayMs: 1 })).resolves.toBe("done");
});
