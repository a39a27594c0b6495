import { type Database, PilabError } from "@pilab/schema";
import { answerError } from "../supabase-error.ts";
import type { AuthHeaders } from "./object-api.ts";
import type { Transport, TransportRequest } from "./transport.ts";

type Functions = Database["public"]["Functions"];

/**
 * PostgREST's calls as far as a device needs them, over our own transport: with supabase-js a Pi would hold Node's fetch
 * and WebSocket in memory too, and a refusal would lose its Retry-After. Each throws the refusal as it came.
 */
export interface RestApi {
  rpc<Name extends keyof Functions>(
    name: Name,
    args: Functions[Name]["Args"],
    signal?: AbortSignal,
  ): Promise<unknown>;
  /** Rows of a table or view, by PostgREST's own query parameters. */
  rows(table: string, query: Record<string, string>, signal?: AbortSignal): Promise<unknown[]>;
}

/** Binds the calls to one project. */
export function createRestApi(transport: Transport, authHeaders: AuthHeaders): RestApi {
  async function send(request: TransportRequest): Promise<unknown> {
    const headers = {
      ...(await authHeaders(request.signal)),
      accept: "application/json",
      ...request.headers,
    };
    const answer = await transport.send({ ...request, headers });
    if (answer.status >= 400) throw answerError(answer);
    return answer.body.length === 0 ? null : parse(answer.body.toString("utf8"), request.path);
  }

  return {
    rpc: (name, args, signal) =>
      send({
        method: "POST",
        path: `/rest/v1/rpc/${name}`,
        headers: { "content-type": "application/json" },
        body: Buffer.from(JSON.stringify(args)),
        signal,
      }),
    rows: async (table, query, signal) => {
      const path = `/rest/v1/${table}?${new URLSearchParams(query)}`;
      return (await send({ method: "GET", path, headers: {}, signal })) as unknown[];
    },
  };
}

function parse(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new PilabError("server_lied", `${path.split("?")[0]} answered with what is no JSON`, { cause });
  }
}
