import { createServer as createHttpServer, type Server } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { BlockList, isIP } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import type { Hono } from "hono";
import type { StorageEnv } from "./storage/context.ts";

// Real Supabase takes 16 KiB of metadata in x-metadata alone; Node's default is 16 KiB for all headers.
const HEADER_BYTES_MAX = 64 * 1024;
// A 25 MB picture over a poor Wi-Fi takes a while; Node gives up after five minutes.
const REQUEST_MS_MAX = 3_600_000;
// Longer than clients keep an idle connection, so that none is closed while a request is on its way.
const KEEP_ALIVE_MS = 65_000;
const CLOSE_GRACE_MS = 2000;

/** Makes the HTTP or HTTPS server; it does not listen yet. */
export function createServer(
  api: Hono<StorageEnv>,
  tls?: { cert: string | Buffer; key: string | Buffer },
): Server {
  const serverOptions = {
    maxHeaderSize: HEADER_BYTES_MAX,
    requestTimeout: REQUEST_MS_MAX,
    keepAliveTimeout: KEEP_ALIVE_MS,
  };
  const server = tls
    ? createAdaptorServer({
        fetch: api.fetch,
        createServer: createHttpsServer,
        serverOptions: { ...serverOptions, ...tls },
      })
    : createAdaptorServer({ fetch: api.fetch, createServer: createHttpServer, serverOptions });
  return server as Server;
}

/** Stops listening, lets open requests end for two seconds, then cuts them. */
export async function closeServer(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  server.closeIdleConnections();
  const cut = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS);
  await closed;
  clearTimeout(cut);
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet("127.0.0.0", 8, "ipv4");
LOOPBACK.addAddress("::1", "ipv6");

/** True for an address that only this machine can reach. */
export function isLoopback(host: string): boolean {
  const version = isIP(host);
  return version === 0 ? host === "localhost" : LOOPBACK.check(host, version === 6 ? "ipv6" : "ipv4");
}

/** The origin to reach a listening host by; an address that means "all of them" becomes this machine's own. */
export function originOf(host: string, port: number, secure: boolean): string {
  const reachable = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
  return `${secure ? "https" : "http"}://${isIP(reachable) === 6 ? `[${reachable}]` : reachable}:${port}`;
}
