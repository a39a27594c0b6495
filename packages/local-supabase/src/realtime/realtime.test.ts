import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient, type RealtimeChannel, type SupabaseClient } from "@supabase/supabase-js";
import { SignJWT } from "jose";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { type Engine, openPglite } from "../engine.ts";
import { type AsCaller, callerFromHeaders, createGate } from "../gate.ts";
import { attachRealtime } from "./index.ts";

// Every test talks to a real server: a busy machine may need its time.
vi.setConfig({ testTimeout: 30_000 });

const SECRET = "a-secret-of-this-test-which-is-long-enough";
const ADA = "00000000-0000-4000-8000-00000000000a";
const BOB = "00000000-0000-4000-8000-00000000000b";

let dir: string;
let engine: Engine;
let asCaller: AsCaller;
let server: Server;
let realtime: { close(): Promise<void> };
let reads = 0;
const logger = { debug() {}, warn() {}, error() {} };
const clients: SupabaseClient[] = [];

const SCHEMA = `
  create role anon; create role authenticated; create role service_role bypassrls;
  create publication supabase_realtime;
  create table public.frames (id int primary key, owner uuid not null, state text, taken_at timestamptz, exif jsonb, secret text);
  alter table public.frames enable row level security;
  create policy own on public.frames for select to authenticated
    using (owner = (current_setting('request.jwt.claims')::jsonb ->> 'sub')::uuid);
  grant select (id, owner, state, taken_at, exif) on public.frames to anon, authenticated;
  grant all on public.frames to service_role;
  create table public."Odd ""name" (a text, b int, primary key (a, b));
  grant select on public."Odd ""name" to anon;
  create table public.quiet (id int primary key);
  alter publication supabase_realtime add table public.frames, public."Odd ""name";`;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "pilab-realtime-"));
  engine = await openPglite(dir);
  await engine.exec(SCHEMA);
  const gate = createGate(engine);
  asCaller = (caller, fn) => {
    reads++;
    return gate(caller, fn);
  };
  server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  attach();
}, 60_000);

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.realtime.disconnect()));
  await engine.exec(`truncate public.frames, public."Odd ""name"`);
});

afterAll(async () => {
  await realtime.close();
  await new Promise((resolve) => server.close(resolve));
  await engine.close();
  await rm(dir, { recursive: true, force: true });
});

function attach() {
  const verifyToken = (token: string) => callerFromHeaders(SECRET, new Headers({ apikey: token }));
  realtime = attachRealtime({ server, engine, asCaller, verifyToken, logger });
}

function token(claims: Record<string, unknown>, expiresInS = 3600) {
  const exp = Math.floor(Date.now() / 1000) + expiresInS;
  return new SignJWT({ ...claims, exp })
    .setProtectedHeader({ alg: "HS256" })
    .sign(new TextEncoder().encode(SECRET));
}

/** A supabase-js client of one user, or of anon. */
async function client(sub?: string, { vsn, key }: { vsn?: "1.0.0" | "2.0.0"; key?: string } = {}) {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const made = createClient(url, key ?? (await token({ role: "anon" })), {
    realtime: { ...(vsn && { vsn }), reconnectAfterMs: () => 50 },
    ...(sub && { accessToken: () => token({ role: "authenticated", sub }) }),
  });
  clients.push(made);
  // supabase-js joins without a token when a channel subscribes before the callback has answered, and does not mend it.
  if (sub) await made.realtime.setAuth();
  return made;
}

interface Heard {
  channel: RealtimeChannel;
  events: { eventType: string; new: Record<string, unknown>; old: Record<string, unknown> }[];
  statuses: string[];
}

/** Joins one channel with one binding for each filter given, and collects what comes. */
async function listen(
  made: SupabaseClient,
  filters: Record<string, unknown>[],
  { expected = "SUBSCRIBED" } = {},
): Promise<Heard> {
  const heard: Heard = { channel: made.channel(`test-${Math.random()}`), events: [], statuses: [] };
  for (const filter of filters) {
    const wanted = { event: "*" as const, schema: "public", table: "frames", ...filter };
    heard.channel.on("postgres_changes", wanted, (event) =>
      heard.events.push(event as Heard["events"][number]),
    );
  }
  heard.channel.subscribe((status, error) =>
    heard.statuses.push(error ? `${status}: ${error.message}` : status),
  );
  await vi.waitFor(() => expect(heard.statuses.join()).toContain(expected), { timeout: 10_000 });
  return heard;
}

const insert = (id: number, owner = ADA, state = "new") =>
  engine.exec(
    `insert into public.frames values (${id}, '${owner}', '${state}', '2026-01-02 03:04:05+00', '{"iso": 100}', 'hidden')`,
  );

const until = (check: () => void) => vi.waitFor(check, { timeout: 10_000, interval: 10 });

describe.each(["1.0.0", "2.0.0"] as const)("supabase-js with protocol %s", (vsn) => {
  test("hears insert, update and delete, with the columns that its role may read and no others", async () => {
    const heard = await listen(await client(ADA, { vsn }), [{ event: "*" }]);
    await insert(1);
    await until(() => expect(heard.events).toHaveLength(1));
    await engine.exec("update public.frames set state = 'done'");
    await until(() => expect(heard.events).toHaveLength(2));
    await engine.exec("delete from public.frames");
    await until(() => expect(heard.events).toHaveLength(3));
    const row = {
      id: 1,
      owner: ADA,
      state: "new",
      taken_at: "2026-01-02T03:04:05+00:00",
      exif: { iso: 100 },
    };
    expect(heard.events).toMatchObject([
      { eventType: "INSERT", schema: "public", table: "frames", new: row, old: {} },
      { eventType: "UPDATE", new: { ...row, state: "done" }, old: { id: 1 } },
      { eventType: "DELETE", new: {}, old: { id: 1 } },
    ]);
    expect(heard.events[0]?.new).not.toHaveProperty("secret");
  });
});

describe("who hears what", () => {
  test("each user hears only the rows that row-level security shows them, and anon none", async () => {
    const ada = await listen(await client(ADA), [{ event: "*" }]);
    const bob = await listen(await client(BOB), [{ event: "*" }]);
    const anon = await listen(await client(), [{ event: "*" }]);
    await insert(1, ADA);
    await insert(2, BOB);
    await insert(3, ADA);
    await until(() => expect(ada.events.map((event) => event.new.id)).toEqual([1, 3]));
    await until(() => expect(bob.events.map((event) => event.new.id)).toEqual([2]));
    expect(anon.events).toEqual([]);
  });

  test("a row that leaves a user's sight is not sent to them any more", async () => {
    const ada = await listen(await client(ADA), [{ event: "UPDATE" }]);
    await insert(1);
    await engine.exec(`update public.frames set owner = '${BOB}' where id = 1`);
    await insert(2);
    await engine.exec("update public.frames set state = 'seen' where id = 2");
    await until(() => expect(ada.events.map((event) => event.new.id)).toEqual([2]));
  });

  test("a role outside the API is refused at the door", async () => {
    const heard = await listen(
      await client(undefined, { key: await token({ role: "postgres" }) }),
      [{ event: "*" }],
      {
        expected: "CHANNEL_ERROR",
      },
    );
    expect(heard.statuses).not.toContain("SUBSCRIBED");
  });

  test("an expired token closes the channel and no row follows", async () => {
    const made = await client();
    await made.realtime.setAuth(await token({ role: "authenticated", sub: ADA }, 3));
    const heard = await listen(made, [{ event: "*" }]);
    await insert(1);
    await until(() => expect(heard.events).toHaveLength(1));
    await until(() => expect(heard.statuses).toContain("CLOSED"));
    await insert(2);
    expect(heard.events).toHaveLength(1);
  });

  test("a new token is taken at once: what the new user may see, not the old", async () => {
    const made = await client();
    await made.realtime.setAuth(await token({ role: "authenticated", sub: ADA }));
    const heard = await listen(made, [{ event: "*" }]);
    await made.realtime.setAuth(await token({ role: "authenticated", sub: BOB }));
    await until(async () => {
      await insert(Math.floor(Math.random() * 1e9), BOB);
      expect(heard.events.some((event) => event.new.owner === BOB)).toBe(true);
    });
    const before = heard.events.length;
    await insert(1, ADA);
    await insert(2, BOB);
    await until(() => expect(heard.events.at(-1)?.new.id).toBe(2));
    expect(heard.events.slice(before).map((event) => event.new.id)).not.toContain(1);
  });

  test("a bad new token closes the channel", async () => {
    const made = await client();
    const heard = await listen(made, [{ event: "*" }]);
    await made.realtime.setAuth("a.b.c");
    await until(() => expect(heard.statuses).toContain("CLOSED"));
  });
});

describe("what is asked for", () => {
  test("several bindings of one channel each get their own events", async () => {
    const made = await client(ADA);
    const inserts: unknown[] = [];
    const done: unknown[] = [];
    const channel = made
      .channel("several")
      .on("postgres_changes", { event: "INSERT", schema: "public", table: "frames" }, (event) =>
        inserts.push(event.new.id),
      )
      .on(
        "postgres_changes",
        { event: "*", schema: "public", table: "frames", filter: "state=eq.done" },
        (event) => done.push((event.new as { id: number }).id),
      );
    await new Promise<void>((resolve) => channel.subscribe((status) => status === "SUBSCRIBED" && resolve()));
    await insert(1);
    await insert(2, ADA, "done");
    await engine.exec("update public.frames set state = 'done' where id = 1");
    await until(() =>
      expect([inserts, done]).toEqual([
        [1, 2],
        [2, 1],
      ]),
    );
  });

  test.each([
    ['state=in.(done,"a,b")', ["done", "a,b"]],
    ["state=neq.done", ["a,b", "new"]],
    ["state=like.%o%", ["done"]],
    ["state=not.eq.done", ["a,b", "new"]],
    ["id=gte.2,id=lt.4", ["a,b", "new"]],
    [`owner=eq.${ADA}`, ["done", "a,b", "new"]],
    ["taken_at=gt.2027-01-01", []],
    ["exif=not.is.null", ["done", "a,b", "new"]],
  ])("the filter %s lets through what it says", async (filter, expected) => {
    const heard = await listen(await client(ADA), [{ event: "INSERT", filter }, { event: "UPDATE" }]);
    await insert(1, ADA, "done");
    await insert(2, ADA, "a,b");
    await insert(3, ADA, "new");
    // Comes last, so that an absent event is absent and not late.
    await engine.exec("update public.frames set secret = 'other' where id = 1");
    await until(() => expect(heard.events.at(-1)).toMatchObject({ eventType: "UPDATE" }));
    expect(heard.events.slice(0, -1).map((event) => event.new.state)).toEqual(expected);
  });

  test("a composite key, and a name that needs quoting, are served too", async () => {
    const heard = await listen(await client(), [{ event: "*", table: 'Odd "name' }]);
    await engine.exec(`insert into public."Odd ""name" values ('x', 1), ('x', 2)`);
    await until(() =>
      expect(heard.events.map((event) => event.new)).toEqual([
        { a: "x", b: 1 },
        { a: "x", b: 2 },
      ]),
    );
  });

  test("a table added to the publication later is served to who joins then", async () => {
    const made = await client(undefined);
    const refused = await listen(made, [{ event: "*", table: "quiet" }], { expected: "CHANNEL_ERROR" });
    expect(refused.statuses[0]).toContain(
      "public.quiet sends no changes: it is not in publication supabase_realtime",
    );
    await refused.channel.unsubscribe();
    await engine.exec(
      "grant select on public.quiet to anon; alter publication supabase_realtime add table public.quiet",
    );
    const heard = await listen(made, [{ event: "*", table: "quiet" }]);
    await engine.exec("insert into public.quiet values (7)");
    await until(() => expect(heard.events[0]?.new).toEqual({ id: 7 }));
  });

  test.each([
    [{ filter: "nonsense" }, 'the filter "nonsense" is not understood'],
    [{ filter: "nothere=eq.1" }, 'public.frames has no column "nothere"'],
    [{ filter: "id=eq.seven" }, "the filter on id cannot be used"],
    [{ filter: "state=match.(" }, "the filter on state cannot be used: invalid regular expression"],
  ])("%o is refused with its reason", async (binding, reason) => {
    const heard = await listen(await client(ADA), [{ event: "*", ...binding }], {
      expected: "CHANNEL_ERROR",
    });
    expect(heard.statuses[0]).toContain(reason);
  });
});

describe("under load and over time", () => {
  test("a burst of 100 rows in one statement, and 100 in one each, arrives whole and in order, in few queries", async () => {
    const heard = await listen(await client(ADA), [{ event: "INSERT" }]);
    reads = 0;
    await engine.exec(`insert into public.frames select i, '${ADA}', 'new' from generate_series(1, 100) i`);
    for (let id = 101; id <= 200; id++) await insert(id);
    await until(() => expect(heard.events).toHaveLength(200));
    expect(heard.events.map((event) => event.new.id)).toEqual(Array.from({ length: 200 }, (_, i) => i + 1));
    expect(reads).toBeLessThan(150);
  });

  test("a client whose server went away hears the rows after it is back", async () => {
    const heard = await listen(await client(ADA), [{ event: "*" }]);
    await realtime.close();
    attach();
    await until(() => expect(heard.statuses.filter((status) => status === "SUBSCRIBED")).toHaveLength(2));
    await insert(9);
    await until(() => expect(heard.events.at(-1)?.new.id).toBe(9));
  });

  test("a client that leaves hears nothing more, and the others still do", async () => {
    const leaver = await listen(await client(ADA), [{ event: "*" }]);
    const stayer = await listen(await client(ADA), [{ event: "*" }]);
    expect(await leaver.channel.unsubscribe()).toBe("ok");
    await insert(1);
    await until(() => expect(stayer.events).toHaveLength(1));
    expect(leaver.events).toEqual([]);
  });

  test("the heartbeat is answered", async () => {
    const made = await client(ADA);
    await listen(made, [{ event: "*" }]);
    const beats: string[] = [];
    made.realtime.onHeartbeat((status) => beats.push(status));
    await made.realtime.sendHeartbeat();
    await until(() => expect(beats).toContain("ok"));
  });
});
