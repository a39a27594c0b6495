import { rm } from "node:fs/promises";
import { join } from "node:path";
import { type Engine, openPglite, openPostgres } from "@pilab/local-supabase";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type Cluster, startCluster } from "../src/embedded-postgres.ts";
import { makeTestFolder } from "../src/test-folders.ts";

describe.each(["pglite", "postgres"] as const)("engine %s", (kind) => {
  let folder: string;
  let cluster: Cluster | undefined;
  let engine: Engine;

  beforeAll(async () => {
    folder = await makeTestFolder();
    if (kind === "postgres") cluster = await startCluster(join(folder, "cluster"));
    engine = cluster ? await openPostgres(cluster.url) : await openPglite(join(folder, "db"));
    await engine.exec("create table numbers (n int primary key deferrable initially deferred)");
  });
  afterAll(async () => {
    await engine?.close();
    await cluster?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const one = async (sql: string, params?: unknown[]) =>
    (await engine.transaction((tx) => tx.query<{ value: unknown }>(`select ${sql} as value`, params))).rows[0]
      ?.value;

  it.each<[string, unknown]>([
    ["9007199254740991::bigint", 9007199254740991],
    ["1.50::numeric", 1.5],
    ["'NaN'::numeric", "NaN"],
    ["timestamptz '2025-06-15 15:06:40.5+02'", "2025-06-15T13:06:40.5+00:00"],
    ["timestamp '2025-06-15 15:06:40'", "2025-06-15T15:06:40"],
    ["date '2025-06-15'", "2025-06-15"],
    ["array[timestamptz '2025-06-15 15:06:40+00', null]", ["2025-06-15T15:06:40+00:00", null]],
    [
      "array[[1, 2], [3, 4]]::bigint[]",
      [
        [1, 2],
        [3, 4],
      ],
    ],
    ["array['a,b', 'c\"d']::name[]", ["a,b", 'c"d']],
    [`'{"a": [1, null]}'::jsonb`, { a: [1, null] }],
    ["true", true],
    ["null::int", null],
  ])("reads %s", async (sql, value) => {
    expect(await one(sql)).toEqual(value);
  });

  it.each<[string, unknown, unknown]>([
    ["$1::jsonb", JSON.stringify([{ a: 1 }]), [{ a: 1 }]],
    ["$1::text[]", ["a", 'b"c', "d,e"], ["a", 'b"c', "d,e"]],
    ["$1::uuid", "3f0d6f0c-6e0e-4c61-9a53-2a1d9f4a0c11", "3f0d6f0c-6e0e-4c61-9a53-2a1d9f4a0c11"],
    ["$1::boolean", false, false],
    ["$1::int", null, null],
    ["length($1::bytea)", new Uint8Array([0, 255]), 2],
  ])("takes a parameter for %s", async (sql, parameter, value) => {
    expect(await one(sql, [parameter])).toEqual(value);
  });

  it("counts the rows that a statement changed", async () => {
    const { affected } = await engine.transaction((tx) => tx.query("insert into numbers values (1), (2)"));
    expect(affected).toBe(2);
  });

  it("keeps nothing of a transaction whose function throws, or whose commit fails", async () => {
    const insert = (n: number) =>
      engine.transaction((tx) => tx.query("insert into numbers values ($1)", [n]));
    await expect(
      engine.transaction(async (tx) => {
        await tx.query("insert into numbers values (50)");
        throw new Error("changed my mind");
      }),
    ).rejects.toThrow("changed my mind");
    await insert(60);
    await expect(insert(60)).rejects.toMatchObject({ code: "23505" });
    expect(await one("(select count(*) from numbers where n in (50, 60))")).toBe(1);
  });

  it("lets no local setting outlive its transaction", async () => {
    await engine.transaction((tx) => tx.query("select set_config('request.jwt.claims', '{}', true)"));
    expect(await one("nullif(current_setting('request.jwt.claims', true), '')")).toBeNull();
  });

  it("hears what is notified, until it stops listening", async () => {
    const heard: string[] = [];
    const stop = await engine.listen("some_channel", (payload) => heard.push(payload));
    await engine.transaction((tx) => tx.query("select pg_notify('some_channel', $1)", ["hello"]));
    await vi.waitFor(() => expect(heard).toEqual(["hello"]));
    await stop();
    await engine.exec("notify some_channel, 'nobody'");
    expect(await one("1")).toBe(1);
    expect(heard).toEqual(["hello"]);
  });

  it("leaves sockets and timers their turns while a loop of transactions runs", async () => {
    let turns = 0;
    const timer = setInterval(() => {
      turns += 1;
    }, 1);
    for (let count = 0; count < 200; count++) await one("1");
    clearInterval(timer);
    expect(turns).toBeGreaterThan(0);
  });

  // PGlite has no connection to cut.
  if (kind === "pglite") return;

  it("listens again after its connection was cut", async () => {
    const heard: string[] = [];
    const stop = await engine.listen("cut_channel", (payload) => heard.push(payload));
    await engine.exec(
      "select pg_terminate_backend(pid) from pg_stat_activity where query = 'listen \"cut_channel\"'",
    );
    await vi.waitFor(
      async () => {
        await engine.exec("notify cut_channel, 'again'");
        expect(heard).toContain("again");
      },
      { timeout: 10_000, interval: 200 },
    );
    await stop();
  });

  it("says that it is busy while no connection can be had", async () => {
    const small = await openPostgres(cluster?.url ?? "");
    const gone = new Error("the test is over");
    let release = (): void => {};
    const held = new Promise<void>((_, reject) => {
      release = () => reject(gone);
    });
    // Ten transactions take every connection of the pool.
    const holders = Array.from({ length: 10 }, () => small.transaction(() => held).catch(() => {}));
    await expect(small.transaction((tx) => tx.exec("select 1"))).rejects.toMatchObject({
      code: "server_busy",
    });
    release();
    await Promise.all(holders);
    await small.close();
  });
});
