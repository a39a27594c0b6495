import { once } from "node:events";
import type { ClientRequest, IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { correlationId } from "@pilab/logging";
import type { ServerClock } from "./server-clock.ts";

// Not imported: of node:http every export is evaluated then, among them Node's own fetch and WebSocket, which take 17 MB.
const { Agent: HttpAgent, request: httpRequest } = process.getBuiltinModule("node:http");

/** Bytes that are not held whole. Each piece is sent before the next is asked for, which may lie in the same memory. */
export interface BytesOnTheWay {
  readonly byteLength: number;
  pieces(): AsyncIterable<Uint8Array>;
}

/** One HTTP request to the project. */
export interface TransportRequest {
  readonly method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Path below the project's URL, already encoded, with its leading slash. */
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body?: Uint8Array | BytesOnTheWay | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A whole answer, whatever its status: deciding what it means is the caller's business. */
export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: Buffer;
}

/** An answer whose body is still on its way. The body must be read to its end or destroyed. */
export interface StreamedAnswer extends Omit<Answer, "body"> {
  readonly body: IncomingMessage;
}

/** Carries requests over connections of its own. */
export interface Transport {
  send(request: TransportRequest): Promise<Answer>;
  open(request: TransportRequest): Promise<StreamedAnswer>;
  /** Bytes that went and came for requests to Storage so far, those of requests under way included. */
  storageBytes(): number;
  /** Ends every connection; requests under way fail. */
  close(): Promise<void>;
}

/** Settings of {@link createTransport}. */
export interface TransportOptions {
  readonly url: string;
  /** Gives up on a connection on which nothing moved for so long. */
  readonly idleTimeoutMs: number;
  readonly clock: ServerClock;
  /** Awaited before each piece of a body is sent. */
  readonly throttle?: ((bytes: number, signal: AbortSignal | undefined) => Promise<void>) | undefined;
}

// A body goes out in slices, so that the idle timeout counts from the last slice the network took and a slow uplink
// is not mistaken for a dead server.
const SLICE_BYTES = 256 * 1024;
// Smaller under a limit: a piece waits for its turn whole, and the server's patience is not ours to lengthen.
const LIMITED_SLICE_BYTES = 16 * 1024;
const CONNECT_TIMEOUT_MS = 15_000;

/**
 * One connection carries one request at a time, and is used again only after a clean success: after a refusal to a
 * request with a body, Supabase's server leaves the rest of that body unread, and the next request on the connection
 * would hang for a minute.
 */
export function createTransport({ url, idleTimeoutMs, clock, throttle }: TransportOptions): Transport {
  const base = new URL(url);
  const basePath = base.pathname.replace(/\/$/, "");
  const isSecure = base.protocol === "https:";
  const agent = new (isSecure ? HttpsAgent : HttpAgent)({ keepAlive: true });
  const sliceBytes = throttle === undefined ? SLICE_BYTES : LIMITED_SLICE_BYTES;
  /** Each ends one request under way. */
  const underWay = new Set<(why: Error) => void>();
  const meters = new Set<() => number>();
  let metered = 0;

  function meter(request: ClientRequest): void {
    request.once("socket", (socket) => {
      const moved = () => socket.bytesRead + socket.bytesWritten;
      const before = moved();
      const read = () => moved() - before;
      meters.add(read);
      request.once("close", () => {
        meters.delete(read);
        metered += read();
      });
    });
  }

  function begin({ method, path, headers, body }: TransportRequest): ClientRequest {
    const id = correlationId();
    const request = (isSecure ? httpsRequest : httpRequest)(base, {
      agent,
      method,
      path: basePath + path,
      timeout: idleTimeoutMs,
      headers: {
        ...headers,
        ...(id === undefined ? {} : { "x-correlation-id": id }),
        ...(body === undefined ? {} : { "content-length": body.byteLength }),
      },
    });
    request.on("socket", (socket) => {
      if (!socket.connecting) return;
      socket.setTimeout(Math.min(idleTimeoutMs, CONNECT_TIMEOUT_MS));
      socket.once("connect", () => socket.setTimeout(idleTimeoutMs));
    });
    return request;
  }

  /** Resolves with the head of the answer, which may come before the whole body has gone out. */
  async function exchange(wanted: TransportRequest): Promise<IncomingMessage> {
    const { body, signal } = wanted;
    signal?.throwIfAborted();
    const request = begin(wanted);
    if (wanted.path.startsWith("/storage/")) meter(request);
    let answer: IncomingMessage | undefined;
    const end = (why: Error) => (answer ?? request).destroy(why);
    const onAbort = () => end(signal?.reason);
    underWay.add(end);
    signal?.addEventListener("abort", onAbort);
    request.on("timeout", () => end(timedOut(idleTimeoutMs)));
    request.once("close", () => {
      underWay.delete(end);
      signal?.removeEventListener("abort", onAbort);
    });
    const sentAtMs = Date.now();
    const answered = once(request, "response") as Promise<[IncomingMessage]>;
    // What comes after the head, the answer tells.
    request.on("error", () => {});
    if (body === undefined || (body instanceof Uint8Array && body.byteLength <= sliceBytes && !throttle)) {
      request.end(body);
    } else {
      const turn = async (bytes: number) => {
        if (throttle === undefined) return;
        // Our own wait is no silence of the server's.
        request.setTimeout(0);
        await throttle(bytes, signal);
        request.setTimeout(idleTimeoutMs);
      };
      sendPieces(request, slices(body, sliceBytes), turn).catch(end);
    }
    [answer] = await answered;
    clock.observe(answer.headers.date, sentAtMs, Date.now());
    // Before the agent takes the connection back.
    const { socket } = request;
    if (statusOf(answer) >= 400 && body !== undefined) answer.once("end", () => socket?.destroy());
    return answer;
  }

  return {
    async send(request) {
      const answer = await exchange(request);
      const body = Buffer.concat(await answer.toArray());
      return { status: statusOf(answer), headers: answer.headers, body };
    },

    async open(request) {
      const answer = await exchange(request);
      return { status: statusOf(answer), headers: answer.headers, body: answer };
    },

    storageBytes: () => [...meters].reduce((sum, read) => sum + read(), metered),

    async close() {
      for (const end of underWay) end(closed());
      agent.destroy();
    },
  };
}

/** Each piece is with the kernel before the next is asked for. Stops when the answer is there, whatever it is. */
async function sendPieces(
  request: ClientRequest,
  pieces: AsyncIterable<Uint8Array>,
  turn: (bytes: number) => Promise<void>,
): Promise<void> {
  let isOver = false;
  const over = new Promise<void>((resolve) => {
    const stop = () => {
      isOver = true;
      resolve();
    };
    request.once("close", stop).once("response", stop);
  });
  for await (const piece of pieces) {
    await turn(piece.byteLength);
    if (isOver) return;
    await Promise.race([over, new Promise<void>((resolve) => request.write(piece, () => resolve()))]);
  }
  if (!isOver) request.end();
}

async function* slices(body: Uint8Array | BytesOnTheWay, size: number): AsyncGenerator<Uint8Array> {
  for await (const piece of body instanceof Uint8Array ? [body] : body.pieces()) {
    for (let at = 0; at < piece.byteLength; at += size) yield piece.subarray(at, at + size);
  }
}

function statusOf(answer: IncomingMessage): number {
  return answer.statusCode as number;
}

function timedOut(idleTimeoutMs: number): Error {
  return Object.assign(new Error(`nothing came or went for ${idleTimeoutMs} ms`), { code: "ETIMEDOUT" });
}

function closed(): Error {
  return Object.assign(new Error("the client was closed"), { code: "ECONNABORTED" });
}
