import { AsyncLocalStorage } from "node:async_hooks";
import { isPilabError } from "@pilab/schema";
import type { AnyAST, ConnectionContextOptions, VarsContext } from "@supabase/lite";
import { PostgresConnection } from "@supabase/lite/postgres";
import type { Kysely } from "kysely";
import type { Engine, Tx } from "../engine.ts";
import type { AsCaller, Caller } from "../gate.ts";
import { databaseErrorResponse, isDatabaseError, noConnectionResponse } from "./database-error.ts";
import { encodeJson } from "./json-values.ts";
import { kyselyInside, kyselyOver } from "./kysely-dialect.ts";

/** What one REST request brings to the connection. */
export interface RestRequest {
  caller: Caller;
  method: string;
  /** Below `/rest/v1`, with its slash. */
  path: string;
}

/**
 * @supabase/lite's connection, over an engine of ours. It inherits lite's reading of the catalogue and nothing of how it
 * runs SQL: lite's own driver interleaves transactions, trusts the token's role, and grants ALL on every table when it
 * first meets row-level security. Here each request is one transaction of {@link AsCaller}, as the caller whom the gate
 * verified, whatever lite makes of the token.
 */
export class LiteConnection extends PostgresConnection {
  readonly requests = new AsyncLocalStorage<RestRequest>();
  readonly #asCaller: AsCaller;

  constructor(engine: Engine, asCaller: AsCaller) {
    // The base class makes a postgres.js client that connects at its first query. It never has one.
    super({ url: "postgres://unused.invalid" });
    this.kysely = kyselyOver(engine);
    this.#asCaller = asCaller;
  }

  override async withContext<T>(
    _vars: VarsContext | undefined,
    // biome-ignore lint/suspicious/noExplicitAny: lite's signature.
    fn: (db: Kysely<any>) => Promise<T>,
    options?: ConnectionContextOptions,
  ): Promise<T> {
    const request = this.requests.getStore();
    if (!request) throw new Error("SQL for a request was asked for outside a request");
    try {
      return await this.#asCaller(request.caller, async (tx) => {
        await describeRequest(tx, request, options?.rpc?.readOnly ?? false);
        return fn(kyselyInside(tx));
      });
    } catch (error) {
      // lite's REST handler is the only caller, and its T is the Response. Its own rendering loses codes and details.
      if (isDatabaseError(error)) return databaseErrorResponse(error, request) as T;
      if (isPilabError(error) && error.code === "server_busy") return noConnectionResponse(error) as T;
      throw error;
    }
  }

  override async onPostgrestAST(ast: AnyAST): Promise<AnyAST> {
    const known = await super.onPostgrestAST(ast);
    return encodeJson(known, await this.introspect({ useCache: true }));
  }

  override close(): Promise<void> {
    // The engine belongs to whoever opened it.
    return this.clearSchemaCache();
  }
}

/** Sets what functions may read of the request, and empties what they may say about the answer. */
async function describeRequest(tx: Tx, { method, path }: RestRequest, readOnly: boolean): Promise<void> {
  await tx.query(
    `select set_config('request.method', $1, true), set_config('request.path', $2, true),
       set_config('response.status', '', true), set_config('response.headers', '', true)`,
    [method, path],
  );
  if (readOnly) await tx.exec("set local transaction_read_only = on");
}
