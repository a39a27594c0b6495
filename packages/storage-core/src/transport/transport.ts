import type { Readable } from "node:stream";
import { correlationId } from "@pilab/logging";
import { Client } from "undici";
import type { ServerClock } from "./server-clock.ts";

/** One HTTP request to the project, in the only shape that object bytes travel in. */
export interface TransportRequest {
  readonly method: "GET" | "HEAD" | "POST" | "PATCH" | "DELETE";
  /** Path below the project's URL, already encoded, with its leading slash. */
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body?: Uint8Array | undefined;
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
  readonly body: Readable;
}

/** Carries requests over connections of its own. */
export interface Transport {
  send(request: TransportRequest): Promise<Answer>;
  open(request: TransportRequest): Promise<StreamedAnswer>;
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
// Smaller under a limit: a piece waits for its turn whole.
const LIMITED_SLICE_BYTES = 64 * 1024;

/**
 * One connection carries one request at a time, and is used again only after a clean success: after a refusal to a
 * request with a body, Supabase's server leaves the rest of that body unread, and the next request on the connection
 * would hang for a minute.
 */
export function createTransport({ url, idleTimeoutMs, clock, throttle }: TransportOptions): Transport {
  const { origin, pathname } = new URL(url);
  const basePath = pathname.replace(/\/$/, "");
  const idle: Client[] = [];
  const all = new Set<Client>();

  function connect(): Client {
    const client = new Client(origin, {
      pipelining: 1,
      headersTimeout: idleTimeoutMs,
      bodyTimeout: idleTimeoutMs,
      connectTimeout: Math.min(idleTimeoutMs, 15_000),
    });
    all.add(client);
    return client;
  }

  function settle(client: Client, clean: boolean): void {
    if (clean && all.has(client)) {
      idle.push(client);
      return;
    }
    all.delete(client);
    client.destroy().catch(() => {});
  }

  async function dispatch(client: Client, { method, path, headers, body, signal }: TransportRequest) {
    const id = correlationId();
    const sentAtMs = Date.now();
    const answer = await client.request({
      method,
      path: basePath + path,
      headers: {
        ...headers,
        ...(id === undefined ? {} : { "x-correlation-id": id }),
        ...(body === undefined ? {} : { "content-length": String(body.byteLength) }),
      },
      body:
        body === undefined || (throttle === undefined && body.byteLength <= SLICE_BYTES)
          ? (body ?? null)
          : slices(body, throttle, signal),
      signal: signal ?? null,
    });
    clock.observe(String(answer.headers.date), sentAtMs, Date.now());
    return answer;
  }

  return {
    async send(request) {
      const client = idle.pop() ?? connect();
      let clean = false;
      try {
        const { statusCode, headers, body } = await dispatch(client, request);
        const bytes = Buffer.from(await body.arrayBuffer());
        clean = statusCode < 400 || request.body === undefined;
        return { status: statusCode, headers, body: bytes };
      } finally {
        settle(client, clean);
      }
    },

    async open(request) {
      const client = idle.pop() ?? connect();
      try {
        const { statusCode, headers, body } = await dispatch(client, request);
        body.once("close", () => settle(client, body.readableEnded));
        return { status: statusCode, headers, body };
      } catch (error) {
        settle(client, false);
        throw error;
      }
    },

    async close() {
      idle.length = 0;
      const open = [...all];
      all.clear();
      await Promise.all(open.map((client) => client.destroy()));
    },
  };
}

/** undici sends any async iterable; its types name only the streams among them, which cost more. */
function slices(
  body: Uint8Array,
  throttle: TransportOptions["throttle"],
  signal: AbortSignal | undefined,
): Readable {
  const size = throttle === undefined ? SLICE_BYTES : LIMITED_SLICE_BYTES;
  async function* generate(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < body.byteLength; at += size) {
      const slice = body.subarray(at, at + size);
      await throttle?.(slice.byteLength, signal);
      yield slice;
    }
  }
  return generate() as unknown as Readable;
}
