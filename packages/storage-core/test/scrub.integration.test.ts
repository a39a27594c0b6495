import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { makeJpeg, startFaultProxy, startTestSupabase, type TestSupabase } from "@pilab/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createPilabClient, type PilabClient } from "../src/client.ts";

describe.each(["pglite", "postgres"] as const)("scrub on %s", { timeout: 60_000 }, (engine) => {
  let supabase: TestSupabase;
  let service: PilabClient;
  let pi: PilabClient;

  beforeAll(async () => {
    supabase = await startTestSupabase({ engine });
    const retry = { baseDelayMs: 1, maxDelayMs: 2 };
    service = createPilabClient({ url: supabase.url, serviceKey: supabase.serviceRoleKey, retry });
    const { credentials } = await service.devices.create({ slug: "pi-1" });
    pi = createPilabClient({ url: supabase.url, key: supabase.anonKey, ...credentials });
    for (let seed = 1; seed <= 10; seed++) {
      await pi.captures.uploadAndLog(await makeJpeg({ width: 64, height: 48, seed }), {
        fileName: `${seed}.jpg`,
      });
    }
  }, 60_000);
  afterAll(async () => {
    await Promise.all([service?.close(), pi?.close()]);
    await supabase?.stop();
  });
  beforeEach(() => sql("truncate public.scrubs, public.capture_checks"));

  const sql = async (text: string, params: unknown[] = []) =>
    (await supabase.sql.transaction((tx) => tx.query(text, params))).rows;
  const newDay = () => sql("update public.scrubs set day = day - 1");
  const captures = () =>
    sql("select id, object_path, size_bytes::int as size from public.captures order by sha256");

  test("reads a share of the bucket a day, goes on the next day, and after days has seen everything once", async () => {
    const seen: number[] = [];
    for (let day = 0; day < 4; day++) {
      const first = await service.checks.scrub({ sample: 0.3 });
      seen.push(first.ok);
      expect(await service.checks.scrub({ sample: 0.3 })).toMatchObject({ ok: 0, bytes: 0 });
      await newDay();
    }
    // The last day ends the round and begins the next with what is left of its share.
    expect(seen).toEqual([3, 3, 3, 3]);
    expect(
      await sql("select count(*)::int as n, min(outcome) as outcome from public.capture_checks"),
    ).toEqual([{ n: 10, outcome: "ok" }]);
    expect(await sql("select round::int from public.scrubs")).toEqual([{ round: 2 }]);
  });

  test("stops at the day's bytes, but a file larger than all of them still has its day", async () => {
    const all = await captures();
    const [first, second] = all.map(({ size }) => Number(size)) as [number, number];
    expect(await service.checks.scrub({ sample: 1, maxBytes: first + second })).toMatchObject({ ok: 2 });
    await newDay();
    expect(await service.checks.scrub({ sample: 1, maxBytes: 1 })).toMatchObject({ ok: 1 });
    expect(await service.checks.scrub({ sample: 1, maxBytes: 1 })).toMatchObject({ ok: 0 });
  });

  test("finds other bytes of the same size, a lost object and an object whose bytes are gone; says so in checks, audit and alerts, and takes it back", async () => {
    const [changed, lost, gone] = (await captures()).map(
      (row) => row as { id: string; object_path: string; size: number },
    ) as [
      { id: string; object_path: string; size: number },
      { id: string; object_path: string; size: number },
      { id: string; object_path: string; size: number },
    ];
    const store = supabaseStorage();
    const original = Object.fromEntries(
      await Promise.all(
        [changed, lost, gone].map(async ({ id, object_path }) => [id, await store.get(object_path)] as const),
      ),
    );
    await store.put(changed.object_path, Buffer.alloc(changed.size, 1));
    await store.remove(lost.object_path);
    await loseBytes(gone.object_path);
    const faults: string[] = [];
    const report = await service.checks.scrub({
      sample: 1,
      onFault: ({ id, outcome }) => faults.push(`${id} ${outcome}`),
    });
    expect(report).toMatchObject({ ok: 7, mismatch: 1, missing: 1, unreadable: 1, faulty: 3 });
    expect(
      (await service.checks.faulty()).map(({ object_path, outcome }) => `${object_path} ${outcome}`).sort(),
    ).toEqual(
      [
        `${changed.object_path} mismatch`,
        `${lost.object_path} missing`,
        `${gone.object_path} unreadable`,
      ].sort(),
    );
    expect(await service.checks.list()).toContainEqual(
      expect.objectContaining({ check_name: "scrub", subject_id: "pilab-dev", ok: false, found: 3 }),
    );
    const { entries } = await service.audit.list({ objectId: changed.id, limit: 1 });
    expect(entries[0]).toMatchObject({ action: "capture.found_mismatch", details: { before: "ok" } });

    // Put right by hand; a day later each scrub looks at them first.
    await store.put(changed.object_path, original[changed.id] as Buffer);
    await store.put(lost.object_path, original[lost.id] as Buffer);
    await store.remove(gone.object_path);
    await store.put(gone.object_path, original[gone.id] as Buffer);
    await sql("update public.capture_checks set checked_at = checked_at - interval '25 hours'");
    expect(await service.checks.scrub({ sample: 1 })).toMatchObject({ faulty: 0 });
    expect(await service.checks.list()).toContainEqual(
      expect.objectContaining({ check_name: "scrub", ok: true }),
    );
  });

  test("blames no capture for a server that is away, and stays where it was", async () => {
    const proxy = await startFaultProxy({ target: supabase.url });
    const away = createPilabClient({
      url: proxy.url,
      serviceKey: supabase.serviceRoleKey,
      retry: { maxAttempts: 1 },
    });
    proxy.inject({
      path: /object.authenticated/,
      fault: { kind: "answer", status: 503, body: { message: "busy" } },
    });
    await expect(away.checks.scrub({ sample: 1 })).rejects.toMatchObject({ code: "server_busy" });
    expect(
      await sql(
        "select * from public.capture_checks union all select null, null, null, null, null, null from public.scrubs",
      ),
    ).toEqual([]);
    await proxy.stop();
    await away.close();
  });

  test("does not blame a capture that was purged or brought back elsewhere while it was read", async () => {
    const [one] = await captures();
    const check = { id: one?.id, object_path: "pi-1/elsewhere.jpg", outcome: "mismatch", bytes: 1 };
    const { rows } = await supabase.sql.transaction(async (tx) => {
      await tx.exec("set local role service_role");
      return await tx.query<{ kept: object }>(
        "select public.record_checks('pilab-dev', $1::text::jsonb) as kept",
        [JSON.stringify([check])],
      );
    });
    expect(rows[0]?.kept).toMatchObject({ mismatch: 0, ok: 0 });
    expect(await sql("select * from public.capture_checks")).toEqual([]);
  });

  /** Past everything that PiLab does, as an operator with the service key or a failing disk would. */
  function supabaseStorage() {
    const call = async (method: string, path: string, body?: Buffer) => {
      const answer = await fetch(`${supabase.url}/storage/v1/object/pilab-dev/${path}`, {
        method,
        headers: {
          authorization: `Bearer ${supabase.serviceRoleKey}`,
          "x-upsert": "true",
          ...(body && { "content-type": "image/jpeg" }),
        },
        ...(body && { body: new Uint8Array(body) }),
      });
      if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
      return Buffer.from(await answer.arrayBuffer());
    };
    return {
      get: (path: string) => call("GET", path),
      put: (path: string, bytes: Buffer) => call("POST", path, bytes),
      remove: (path: string) => call("DELETE", path),
    };
  }

  async function loseBytes(path: string): Promise<void> {
    const [object] = await sql(
      "select version from storage.objects where bucket_id = 'pilab-dev' and name = $1",
      [path],
    );
    const names = await readdir(supabase.dataDir, { recursive: true });
    const file = names.find((name) => name.endsWith(String(object?.version)));
    await rm(join(supabase.dataDir, String(file)));
  }
});
