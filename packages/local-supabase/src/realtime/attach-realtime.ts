import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import type { Engine } from "../engine.ts";
import type { AsCaller, Caller } from "../gate.ts";
import type { ServerLogger } from "../server.ts";
import { parseVsn } from "./protocol.ts";
import { NOTIFY_CHANNEL, type PublishedTable, syncPublishedTables } from "./published-tables.ts";
import type { Change } from "./read-changes.ts";
import { openSocket, type Socket } from "./socket.ts";

const PATH = "/realtime/v1/websocket";
const MESSAGE_BYTES_MAX = 1024 * 1024;
const IDLE_MS_MAX = 90_000;

/** What Realtime needs from the server it is part of. */
export interface RealtimeOptions {
  /** The HTTP or HTTPS server; upgrades on other paths are refused. */
  server: Server;
  engine: Engine;
  asCaller: AsCaller;
  /** Verifies a token and gives its caller; throws when it is no good. */
  verifyToken(token: string): Caller | Promise<Caller>;
  logger: Pick<ServerLogger, "debug" | "warn" | "error">;
}

/**
 * Serves `/realtime/v1/websocket` as far as supabase-js's `postgres_changes` goes: each changed row of a table in
 * publication supabase_realtime is read again under the subscriber's own rights before it is sent. Broadcast and
 * presence are not served.
 *
 * Call it after the migrations: it gives the published tables their triggers.
 */
export function attachRealtime({ server, engine, asCaller, verifyToken, logger }: RealtimeOptions): {
  close(): Promise<void>;
} {
  const wss = new WebSocketServer({ noServer: true, maxPayload: MESSAGE_BYTES_MAX });
  const sockets = new Set<Socket>();
  let tables = new Map<number, PublishedTable>();
  let syncing: Promise<PublishedTable[]> = Promise.resolve([]);

  // One after the other: two at once would both create the same triggers.
  const sync = (): Promise<PublishedTable[]> => {
    syncing = syncing
      .catch(() => {})
      .then(async () => {
        const published = await syncPublishedTables(engine);
        tables = new Map(published.map((table) => [table.oid, table]));
        return published;
      });
    return syncing;
  };
  const ready = sync().then(() => engine.listen(NOTIFY_CHANNEL, onNotify));
  ready.catch((error: unknown) =>
    logger.error({ err: error }, "realtime cannot follow the database's changes"),
  );

  function onNotify(payload: string): void {
    try {
      for (const change of parseChanges(payload, tables)) for (const socket of sockets) socket.offer(change);
    } catch (error) {
      // Anyone with a session of their own may notify; what is not ours must not end the process.
      logger.warn({ err: error }, "a notification of changes is not understood");
    }
  }

  function onUpgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    stream.on("error", () => stream.destroy());
    const url = URL.parse(request.url ?? "/", "http://local");
    const vsn = parseVsn(url?.searchParams.get("vsn") ?? null);
    if (url?.pathname !== PATH || !vsn) {
      refuse(stream, vsn ? "404 Not Found" : "400 Bad Request");
      return;
    }
    const apikey = url.searchParams.get("apikey") ?? String(request.headers.apikey ?? "");
    Promise.resolve()
      .then(() => verifyToken(apikey))
      .then(
        () => wss.handleUpgrade(request, stream, head, (ws) => onSocket(ws, apikey, vsn)),
        () => refuse(stream, "401 Unauthorized"),
      );
  }

  function onSocket(ws: WebSocket, apikey: string, vsn: "1.0.0" | "2.0.0"): void {
    const socket = openSocket(ws, {
      vsn,
      apikey,
      engine,
      asCaller,
      verifyToken: async (token) => verifyToken(token),
      publishedTables: async () => {
        await ready;
        return sync();
      },
      logger,
    });
    sockets.add(socket);
    ws.on("close", () => sockets.delete(socket));
  }

  // A client that is alive sends a heartbeat every 25 s.
  const reaper = setInterval(() => {
    for (const socket of sockets) if (Date.now() - socket.lastHeardAt() > IDLE_MS_MAX) socket.terminate();
  }, IDLE_MS_MAX / 3);
  reaper.unref();
  server.on("upgrade", onUpgrade);

  return {
    async close() {
      clearInterval(reaper);
      server.off("upgrade", onUpgrade);
      await ready.then(
        (unlisten) => unlisten(),
        () => {},
      );
      await Promise.all([...sockets].map((socket) => socket.close(1001, "the server stops")));
      wss.close();
    },
  };
}

/** The changes of one notification; those of a table that is no longer published are dropped. */
function parseChanges(payload: string, tables: ReadonlyMap<number, PublishedTable>): Change[] {
  const told = JSON.parse(payload) as {
    table: number;
    type: Change["type"];
    at: string;
    keys: Change["key"][];
  };
  const table = tables.get(told.table);
  return table ? told.keys.map((key) => ({ table, type: told.type, key, at: told.at })) : [];
}

function refuse(stream: Duplex, status: string): void {
  stream.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
