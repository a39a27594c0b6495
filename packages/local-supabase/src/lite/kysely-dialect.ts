import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from "kysely";
import type { Engine, Tx } from "../engine.ts";
import { JsonText } from "./json-values.ts";

// biome-ignore lint/suspicious/noExplicitAny: lite's own signatures ask for Kysely<any>; it knows no tables at compile time.
type AnyKysely = Kysely<any>;

/** A Kysely whose every query runs inside one transaction that somebody else opened and ends. */
export function kyselyInside(tx: Tx): AnyKysely {
  return new Kysely({
    dialect: dialect(() => ({ run: (query) => query(tx), begin: nested, commit: nested, rollback: nested })),
  });
}

/** A Kysely over an engine: single queries in a transaction each, `transaction()` in one that nothing can interleave with. */
export function kyselyOver(engine: Engine): AnyKysely {
  return new Kysely({ dialect: dialect(() => engineSession(engine)) });
}

/** What one Kysely connection does; `run` gives its argument the transaction to query in. */
interface Session {
  run<T>(query: (tx: Tx) => Promise<T>): Promise<T>;
  begin(): Promise<void>;
  commit(): Promise<void>;
  rollback(): Promise<void>;
}

class RolledBack extends Error {}

/** Turns Kysely's begin … commit calls into one `engine.transaction` that stays open between them. */
function engineSession(engine: Engine): Session {
  let open: { tx: Tx; end: (error?: Error) => void; ended: Promise<void> } | undefined;
  const end = async (error?: Error): Promise<void> => {
    const ending = open;
    open = undefined;
    ending?.end(error);
    await ending?.ended;
  };
  return {
    run: (query) => (open ? query(open.tx) : engine.transaction(query)),
    begin: () =>
      new Promise((resolve, reject) => {
        const ended = engine.transaction(
          (tx) =>
            new Promise<void>((commit, rollback) => {
              open = { tx, end: (error) => (error ? rollback(error) : commit()), ended };
              resolve();
            }),
        );
        ended.catch(reject);
      }),
    commit: () => end(),
    rollback: () =>
      end(new RolledBack()).catch((error: unknown) => {
        if (!(error instanceof RolledBack)) throw error;
      }),
  };
}

function nested(): Promise<never> {
  return Promise.reject(new Error("A request's transaction is already open and ends with the request"));
}

function dialect(openSession: () => Session): Dialect {
  return {
    createAdapter: () => new PostgresAdapter(),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
    createDriver: () => driver(openSession),
  };
}

class Connection implements DatabaseConnection {
  readonly session: Session;
  constructor(session: Session) {
    this.session = session;
  }
  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    const { rows, affected } = await this.session.run((tx) => tx.query<R>(sql, parameters.map(parameter)));
    return { rows, numAffectedRows: BigInt(affected) };
  }
  // biome-ignore lint/correctness/useYield: Kysely's interface asks for the method; nothing here streams.
  async *streamQuery(): AsyncIterableIterator<never> {
    throw new Error("Streaming is not supported");
  }
}

function driver(openSession: () => Session): Driver {
  const session = (connection: DatabaseConnection): Session => (connection as Connection).session;
  return {
    init: () => Promise.resolve(),
    acquireConnection: () => Promise.resolve(new Connection(openSession())),
    beginTransaction: (connection) => session(connection).begin(),
    commitTransaction: (connection) => session(connection).commit(),
    rollbackTransaction: (connection) => session(connection).rollback(),
    releaseConnection: () => Promise.resolve(),
    destroy: () => Promise.resolve(),
  };
}

/** Objects are meant for json columns; as text both engines read them alike. Arrays stay arrays, for array columns. */
function parameter(value: unknown): unknown {
  if (value instanceof JsonText) return value.text;
  const plain =
    typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
  return plain ? JSON.stringify(value) : value;
}
