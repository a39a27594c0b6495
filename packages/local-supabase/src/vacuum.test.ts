import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type Engine, openPglite } from "./engine.ts";
import { scheduleVacuum } from "./vacuum.ts";

let dir: string;
let engine: Engine;
const logger = { debug() {}, warn() {} };

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "pilab-vacuum-"));
  engine = await openPglite(dir);
}, 60_000);
afterAll(async () => {
  await engine.close();
  await rm(dir, { recursive: true, force: true });
});

async function pages(): Promise<number> {
  const { rows } = await engine.transaction((tx) =>
    tx.query<{ size: number }>("select pg_relation_size('churn') as size"),
  );
  return (rows[0]?.size ?? 0) / 8192;
}

describe("the scheduled vacuum", () => {
  test("keeps a table that is updated all the time from growing for ever", { timeout: 60_000 }, async () => {
    await engine.exec(
      "create table churn as select i as id, repeat('x', 200) as text from generate_series(1, 2000) i",
    );
    const rounds: (() => void)[] = [];
    const wait = () => new Promise<void>((resolve) => rounds.push(resolve));
    const schedule = scheduleVacuum({ engine, logger, everyMs: 1, wait });
    const before = await pages();
    for (let round = 0; round < 5; round++) {
      await engine.exec("update churn set text = repeat('y', 200)");
      rounds.shift()?.();
      await vi.waitFor(() => expect(rounds).toHaveLength(1), { timeout: 10_000 });
    }
    expect(await pages()).toBeLessThan(before * 3);
    const stopping = schedule.stop();
    rounds.shift()?.();
    await stopping;
  });

  test("leaves a Postgres server to its autovacuum", async () => {
    const wait = vi.fn();
    await scheduleVacuum({ engine: { ...engine, kind: "postgres" }, logger, wait }).stop();
    expect(wait).not.toHaveBeenCalled();
  });
});
