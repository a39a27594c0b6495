import { describe, expect, test, vi } from "vitest";
import { openChannel } from "./channel.ts";
import type { Change } from "./read-changes.ts";

const table = { oid: 1, schema: "public", name: "frames", key: ["id"], columns: [] };
const change = (id: number): Change => ({ table, type: "INSERT", key: { id }, at: "2026-01-01T00:00:00Z" });
const caller = { role: "authenticated" as const, claims: {}, headers: {} };

describe("a channel", () => {
  test("whose reader stands still holds a bounded queue, then ends so that the client joins anew", () => {
    const onFailed = vi.fn();
    const channel = openChannel({
      bindings: [{ id: 1, event: "*", schema: "public", table: "frames", conditions: [] }],
      caller,
      // A query that is never answered, as behind a socket that takes nothing.
      asCaller: () => new Promise(() => {}),
      send: () => Promise.resolve(),
      onExpired: () => {},
      onFailed,
    });
    for (let id = 0; id < 20_000; id++) channel.offer(change(id));
    expect(onFailed.mock.calls).toEqual([["the client fell 10000 changes behind", undefined]]);
  });

  test("queues nothing that no binding asks for", async () => {
    const asCaller = vi.fn();
    const channel = openChannel({
      bindings: [{ id: 1, event: "DELETE", schema: "public", table: "frames", conditions: [] }],
      caller,
      asCaller,
      send: () => Promise.resolve(),
      onExpired: () => {},
      onFailed: () => {},
    });
    channel.offer(change(1));
    channel.offer({ ...change(1), type: "DELETE", table: { ...table, name: "other" } });
    expect(asCaller).not.toHaveBeenCalled();
    channel.close();
  });
});
