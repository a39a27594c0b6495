import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** One request as the proxy saw it. */
export interface SeenRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  /** A number of its own for each connection: two requests with the same one shared a socket. */
  readonly connection: number;
}

/** What goes wrong with a request. */
export type Fault =
  /** Answers this without asking the server. The request's body is not read, as by a server that refuses early. */
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly body?: unknown;
      readonly headers?: Record<string, string>;
    }
  /** Cuts the connection at once; nothing reaches the server. */
  | { readonly kind: "reset" }
  /** Reads the request and never answers. */
  | { readonly kind: "hang" }
  /** Waits, then forwards. */
  | { readonly kind: "delay"; readonly ms: number }
  /** Cuts the connection when so many bytes of the body have arrived; the server gets those. */
  | { readonly kind: "cut-request"; readonly afterBytes: number }
  /** The server does the work, and its answer is dropped with the connection. */
  | { readonly kind: "drop-answer" }
  /** Sends so many bytes of the answer's body, then cuts the connection. */
  | { readonly kind: "cut-answer"; readonly afterBytes: number }
  /** Changes the answer: a server that lies. */
  | { readonly kind: "rewrite"; readonly rewrite: (body: Buffer) => Buffer | string }
  /** Runs while the request waits, then forwards: to change a file, say, at that very moment. */
  | { readonly kind: "meanwhile"; readonly run: (seen: SeenRequest) => void | Promise<void> };

/** Which requests a fault meets, and how often. */
export interface Injection {
  readonly method?: string;
  /** Must match path and query. */
  readonly path?: RegExp;
  /** Default: every matching request. */
  readonly times?: number;
  /** The share of the matching requests that it meets, at random, from 0 to 1. Default 1. */
  readonly share?: number;
  readonly fault: Fault;
}

/** A proxy between a client and its server. */
export interface FaultProxy {
  readonly url: string;
  /** Every request so far, in order. */
  readonly requests: readonly SeenRequest[];
  /** Adds a fault; the first that matches a request and is not used up meets it. Gives back its removal. */
  inject(injection: Injection): () => void;
  /** Forgets faults and requests. */
  reset(): void;
  stop(): Promise<void>;
}

/** Starts a proxy on a free port of the loopback. */
export async function startFaultProxy({ target }: { target: string }): Promise<FaultProxy> {
  const requests: SeenRequest[] = [];
  let injections: (Injection & { left: number })[] = [];
  let connections = 0;
  const numbers = new WeakMap<object, number>();

  const server = createServer({ maxHeaderSize: 64 * 1024 }, (incoming, outgoing) => {
    const { method = "GET", url: path = "/", headers, socket } = incoming;
    const seen = { method, path, headers, connection: numbers.get(socket) ?? 0 };
    requests.push(seen);
    const injection = injections.find(
      (candidate) =>
        candidate.left > 0 &&
        (candidate.share === undefined || Math.random() < candidate.share) &&
        (candidate.method === undefined || candidate.method === method) &&
        (candidate.path === undefined || candidate.path.test(path)),
    );
    if (injection) injection.left -= 1;
    incoming.on("error", () => {});
    meet(injection?.fault, seen, { incoming, outgoing, target }).catch(() => outgoing.destroy());
  });
  server.on("connection", (socket) => {
    connections += 1;
    numbers.set(socket, connections);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    inject(injection) {
      const added = { ...injection, left: injection.times ?? Number.POSITIVE_INFINITY };
      injections.push(added);
      return () => {
        injections = injections.filter((other) => other !== added);
      };
    },
    reset() {
      injections = [];
      requests.length = 0;
    },
    stop: () => stop(server),
  };
}

interface Exchange {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  readonly target: string;
}

async function meet(fault: Fault | undefined, seen: SeenRequest, exchange: Exchange): Promise<void> {
  const { incoming, outgoing } = exchange;
  switch (fault?.kind) {
    case "answer": {
      const body = typeof fault.body === "string" ? fault.body : JSON.stringify(fault.body ?? {});
      outgoing.writeHead(fault.status, { "content-type": "application/json", ...fault.headers }).end(body);
      return;
    }
    case "reset":
      incoming.socket.destroy();
      return;
    case "hang":
      incoming.resume();
      return;
    case "delay":
      await new Promise((resolve) => setTimeout(resolve, fault.ms));
      return await forward(exchange);
    case "meanwhile":
      await fault.run(seen);
      return await forward(exchange);
    default:
      return await forward(exchange, fault);
  }
}

async function forward({ incoming, outgoing, target }: Exchange, fault?: Fault): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const upstream = request(new URL(incoming.url ?? "/", target), {
    method: incoming.method,
    headers: { ...incoming.headers, host: new URL(target).host },
    agent: false,
  });
  upstream.on("response", resolve).on("error", reject);
  outgoing.on("close", () => upstream.destroy());
  let received = 0;
  incoming.on("data", (chunk: Buffer) => {
    received += chunk.length;
    upstream.write(chunk);
    if (fault?.kind === "cut-request" && received >= fault.afterBytes) {
      incoming.socket.destroy();
      upstream.destroy();
    }
  });
  incoming.on("end", () => upstream.end());
  const answer = await promise;
  if (fault === undefined) {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(outgoing);
    return;
  }
  const body = Buffer.concat(await answer.toArray());
  if (fault.kind === "drop-answer") outgoing.destroy();
  else if (fault.kind === "cut-answer") {
    outgoing.writeHead(answer.statusCode ?? 502, { ...answer.headers, "content-length": body.length });
    outgoing.write(body.subarray(0, fault.afterBytes), () => outgoing.destroy());
  } else if (fault.kind === "rewrite") {
    const rewritten = Buffer.from(fault.rewrite(body));
    outgoing
      .writeHead(answer.statusCode ?? 502, { ...answer.headers, "content-length": rewritten.length })
      .end(rewritten);
  }
}

async function stop(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
}
