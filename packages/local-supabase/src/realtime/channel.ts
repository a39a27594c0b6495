import type { AsCaller, Caller } from "../gate.ts";
import type { Condition } from "./filter.ts";
import type { BindingRequest } from "./protocol.ts";
import { type Change, readChanges, type VisibleChange } from "./read-changes.ts";

const BATCH_ROWS = 100;
const QUEUE_ROWS_MAX = 10_000;
// setTimeout fires at once above this.
const TIMER_MS_MAX = 2 ** 31 - 1;

/** One binding that a channel has: the request, its number, and its filter as read. */
export interface Binding extends BindingRequest {
  id: number;
  conditions: Condition[];
}

/** What a channel needs from its socket. */
export interface ChannelOptions {
  bindings: Binding[];
  caller: Caller;
  asCaller: AsCaller;
  /** Sends one event and settles when the socket has taken it: so a slow reader slows its own queue, nobody else's. */
  send(event: string, payload: unknown): Promise<void>;
  /** The token has expired: the channel must be closed. */
  onExpired(): void;
  /** The channel cannot go on: it fell behind, or its rows cannot be read. The client must join again. */
  onFailed(reason: string, cause?: unknown): void;
}

/** One joined channel: it queues the changes that its bindings ask for, and sends what its caller may see. */
export interface Channel {
  offer(change: Change): void;
  /** Goes on with a new token of the client's. */
  setCaller(caller: Caller): void;
  close(): void;
}

/** Opens a channel whose join was accepted. */
export function openChannel({
  bindings,
  caller,
  asCaller,
  send,
  onExpired,
  onFailed,
}: ChannelOptions): Channel {
  const queue: Change[] = [];
  let current = caller;
  let draining = false;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  armExpiry();

  function armExpiry(): void {
    clearTimeout(timer);
    const { exp } = current.claims;
    if (closed || typeof exp !== "number") return;
    const leftMs = exp * 1000 - Date.now();
    timer = setTimeout(
      () => (leftMs <= TIMER_MS_MAX ? expire() : armExpiry()),
      Math.min(Math.max(leftMs, 0), TIMER_MS_MAX),
    );
    timer.unref();
  }

  function expire(): void {
    if (closed) return;
    close();
    onExpired();
  }

  function close(): void {
    closed = true;
    queue.length = 0;
    clearTimeout(timer);
  }

  function fail(reason: string, cause?: unknown): void {
    if (closed) return;
    close();
    onFailed(reason, cause);
  }

  async function drain(): Promise<void> {
    if (draining) return;
    draining = true;
    try {
      while (queue.length > 0 && !closed) await sendBatch(takeBatch(queue));
    } catch (cause) {
      fail("the changed rows cannot be read", cause);
    } finally {
      draining = false;
    }
  }

  async function sendBatch(changes: Change[]): Promise<void> {
    const asked = bindings.filter((binding) => changes.some((change) => wants(binding, change)));
    const visible = await asCaller(current, (tx) =>
      readChanges(
        tx,
        current.role,
        changes,
        asked.map(({ conditions }) => conditions),
      ),
    );
    for (const one of visible) {
      for (const message of messagesFor(one, asked)) {
        if (closed) return;
        await send("postgres_changes", message);
      }
    }
  }

  return {
    offer(change) {
      if (closed || !bindings.some((binding) => wants(binding, change))) return;
      if (queue.length >= QUEUE_ROWS_MAX) return fail(`the client fell ${QUEUE_ROWS_MAX} changes behind`);
      queue.push(change);
      void drain();
    },
    setCaller(next) {
      current = next;
      armExpiry();
    },
    close,
  };
}

/** Whether a binding asks for a change, its filter aside. */
function wants({ event, schema, table }: BindingRequest, change: Change): boolean {
  const names = (wanted: string | undefined, name: string) =>
    wanted === undefined || wanted === "*" || wanted === name;
  return names(event, change.type) && names(schema, change.table.schema) && names(table, change.table.name);
}

/** The head of the queue that one query answers: changes of one table. */
function takeBatch(queue: Change[]): Change[] {
  const oid = queue[0]?.table.oid;
  const end = queue.findIndex((change, index) => index === BATCH_ROWS || change.table.oid !== oid);
  return queue.splice(0, end < 0 ? queue.length : end);
}

/** One message for each set of columns that the passing bindings select; mostly one. */
function messagesFor({ change, columns, record, passes }: VisibleChange, bindings: Binding[]): unknown[] {
  const passing = bindings.filter((binding, index) => passes[index] && wants(binding, change));
  const bySelect = Map.groupBy(passing, ({ select }) => select?.join() ?? "");
  return [...bySelect.values()].map((group) => {
    const select = group[0]?.select;
    const shown = columns.filter(
      ({ name }) => !select || select.includes(name) || change.table.key.includes(name),
    );
    return {
      ids: group.map(({ id }) => id),
      data: {
        schema: change.table.schema,
        table: change.table.name,
        type: change.type,
        commit_timestamp: change.at,
        columns: shown.map(({ name, type }) => ({ name, type })),
        errors: null,
        ...(change.type === "DELETE"
          ? {}
          : { record: Object.fromEntries(shown.map((c) => [c.name, clientValue(c, record)])) }),
        ...(change.type === "INSERT" ? {} : { old_record: change.key }),
      },
    };
  });
}

/** supabase-js parses text in a json column: a JSON string must arrive with its quotes. */
function clientValue(
  { name, type }: { name: string; type: string },
  record: Record<string, unknown>,
): unknown {
  const value = record[name];
  return typeof value === "string" && (type === "json" || type === "jsonb") ? JSON.stringify(value) : value;
}
