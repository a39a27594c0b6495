import { isPilabError } from "@pilab/schema";
import type { WebSocket } from "ws";
import { ZodError } from "zod";
import type { Engine } from "../engine.ts";
import type { AsCaller, Caller } from "../gate.ts";
import type { ServerLogger } from "../server.ts";
import { readBindings } from "./bindings.ts";
import { type Channel, openChannel } from "./channel.ts";
import { decodeFrame, encodeFrame, type Frame, joinPayload, tokenPayload, type Vsn } from "./protocol.ts";
import type { PublishedTable } from "./published-tables.ts";
import type { Change } from "./read-changes.ts";

const CHANNELS_MAX = 100;
const CLOSE_GRACE_MS = 1000;

/** What one client's connection needs. */
export interface SocketOptions {
  vsn: Vsn;
  /** Stands for the caller until the client sends a token of its own. */
  apikey: string;
  engine: Engine;
  asCaller: AsCaller;
  verifyToken(token: string): Promise<Caller>;
  publishedTables(): Promise<readonly PublishedTable[]>;
  logger: Pick<ServerLogger, "debug" | "warn" | "error">;
}

/** One client's connection with its channels. */
export interface Socket {
  offer(change: Change): void;
  /** Milliseconds since the epoch. */
  lastHeardAt(): number;
  /** Ends it politely, and by force when the client does not answer. */
  close(code: number, reason: string): Promise<void>;
  terminate(): void;
}

/** Speaks the Phoenix channel protocol with one client. */
export function openSocket(ws: WebSocket, options: SocketOptions): Socket {
  const { vsn, apikey, engine, asCaller, verifyToken, publishedTables, logger } = options;
  const channels = new Map<string, { joinRef: string | null; channel: Channel }>();
  let heardAt = Date.now();
  // Messages are answered one after another: a leave must not overtake the join it ends.
  let turn: Promise<void> = Promise.resolve();

  /** Settles when the kernel has taken the message; a closed socket takes everything. */
  function send(frame: Frame): Promise<void> {
    return new Promise((resolve) => ws.send(encodeFrame(vsn, frame), () => resolve()));
  }

  function reply({ joinRef, ref, topic }: Frame, status: "ok" | "error", response: unknown): void {
    void send({ joinRef, ref, topic, event: "phx_reply", payload: { status, response } });
  }

  function tell(topic: string, joinRef: string | null, event: string, payload: unknown): void {
    void send({ joinRef, ref: null, topic, event, payload });
  }

  /** Says why on the channel's `system` events, as hosted Supabase does, then ends the channel. */
  function end(
    topic: string,
    joinRef: string | null,
    event: "phx_close" | "phx_error",
    message: string,
  ): void {
    if (channels.get(topic)?.joinRef !== joinRef) return;
    drop(topic);
    const channel = topic.replace(/^realtime:/, "");
    tell(topic, joinRef, "system", { channel, extension: "system", status: "error", message });
    tell(topic, joinRef, event, {});
  }

  function drop(topic: string): void {
    channels.get(topic)?.channel.close();
    channels.delete(topic);
  }

  async function join(frame: Frame): Promise<void> {
    const { topic, joinRef } = frame;
    drop(topic);
    if (channels.size >= CHANNELS_MAX)
      return reply(frame, "error", { reason: `more than ${CHANNELS_MAX} channels` });
    const { access_token: token, config } = joinPayload.parse(frame.payload);
    const requests = config?.postgres_changes ?? [];
    const caller = await verifyToken(token || apikey);
    const bindings = await readBindings(engine, await publishedTables(), requests);
    const channel = openChannel({
      bindings,
      caller,
      asCaller,
      send: (event, payload) => send({ joinRef, ref: null, topic, event, payload }),
      onExpired: () => end(topic, joinRef, "phx_close", "Token has expired: sign in again"),
      onFailed: (reason, cause) => {
        logger.warn({ err: cause, topic }, `realtime channel ended: ${reason}`);
        end(topic, joinRef, "phx_error", reason);
      },
    });
    channels.set(topic, { joinRef, channel });
    // The client compares each binding with its own, field by field: it goes back as it came.
    reply(frame, "ok", {
      postgres_changes: requests.map((request, index) => ({ ...request, id: bindings[index]?.id })),
    });
    if (requests.length === 0) return;
    const message = { channel: topic.replace(/^realtime:/, ""), extension: "postgres_changes", status: "ok" };
    tell(topic, joinRef, "system", { ...message, message: "Subscribed to PostgreSQL" });
  }

  async function renew({ topic, payload }: Frame): Promise<void> {
    const joined = channels.get(topic);
    const { access_token: token } = tokenPayload.parse(payload);
    if (!joined || !token) return;
    try {
      joined.channel.setCaller(await verifyToken(token));
    } catch (error) {
      end(topic, joined.joinRef, "phx_close", reasonOf(error));
    }
  }

  async function answer(frame: Frame): Promise<void> {
    switch (frame.event) {
      case "heartbeat":
        return reply(frame, "ok", {});
      case "phx_join":
        return join(frame);
      case "phx_leave":
        drop(frame.topic);
        reply(frame, "ok", {});
        return tell(frame.topic, frame.joinRef, "phx_close", {});
      case "access_token":
        return renew(frame);
      default:
        return reply(frame, "error", {
          reason: `local-supabase serves postgres_changes only, not ${frame.event}`,
        });
    }
  }

  ws.on("message", (data, isBinary) => {
    heardAt = Date.now();
    // Binary messages are broadcasts, which are not served.
    const frame = isBinary ? undefined : decodeFrame(vsn, String(data));
    if (!frame) return;
    turn = turn
      .then(() => answer(frame))
      .catch((error: unknown) => {
        if (!isPilabError(error)) logger.warn({ err: error, event: frame.event }, "realtime message failed");
        reply(frame, "error", { reason: reasonOf(error) });
      });
  });
  ws.on("close", () => {
    for (const topic of [...channels.keys()]) drop(topic);
  });
  ws.on("error", (error) => logger.debug({ err: error }, "realtime socket"));

  return {
    offer: (change) => {
      for (const { channel } of channels.values()) channel.offer(change);
    },
    lastHeardAt: () => heardAt,
    terminate: () => ws.terminate(),
    close: (code, reason) =>
      new Promise((resolve) => {
        const force = setTimeout(() => ws.terminate(), CLOSE_GRACE_MS);
        ws.once("close", () => {
          clearTimeout(force);
          resolve();
        });
        ws.close(code, reason);
      }),
  };
}

/** What a client's developer may read: our own words, never a driver's. */
function reasonOf(error: unknown): string {
  if (error instanceof ZodError) return "the message's payload is not understood";
  if (!isPilabError(error)) return "the server failed";
  return error.hint ? `${error.message}. ${error.hint}` : error.message;
}
