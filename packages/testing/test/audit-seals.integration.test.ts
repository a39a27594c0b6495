import { createHash, randomUUID } from "node:crypto";
import { type AuditVerification, auditVerification } from "@pilab/schema";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startTestLab, type TestDevice, type TestLab } from "../src/test-lab.ts";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

describe.each(["pglite", "postgres"] as const)("audit_seals on %s", { timeout: 60_000 }, (engine) => {
  let lab: TestLab;
  let pi: TestDevice;

  beforeAll(async () => {
    lab = await startTestLab(engine);
    pi = await lab.addDevice("pi-1");
  }, 60_000);
  afterAll(() => lab?.stop());
  beforeEach(() => asSuperuser("delete from public.audit_seals"));

  const sql = async (text: string) => (await lab.supabase.sql.transaction((tx) => tx.query(text))).rows;
  /** Past every trigger, as only who owns the server can. */
  const asSuperuser = (statement: string) =>
    lab.supabase.sql.transaction(async (tx) => {
      await tx.exec("set local session_replication_role = replica");
      await tx.exec(statement);
    });
  const seal = async (max_rows?: number) =>
    (await lab.service.rpc("seal_audit_log", max_rows ? { max_rows } : {}).throwOnError()).data[0];
  const sealAll = async (max_rows?: number) => {
    while (await seal(max_rows));
  };
  const verify = async (args: { after_seal?: number; max_seals?: number } = {}): Promise<AuditVerification> =>
    auditVerification.parse((await lab.service.rpc("verify_audit_seals", args).throwOnError()).data);
  /** Writes entries in the log, each in a transaction of its own. */
  const write = async (entries: number) => {
    for (let n = 0; n < entries; n++)
      await lab.service
        .from("bucket_settings")
        .update({ quota_bytes: 1e9 + Math.floor(Math.random() * 1e9) })
        .eq("bucket_id", "pilab-dev")
        .throwOnError();
  };

  test("seal all rows in ranges that join without a gap, and nothing twice", async () => {
    await write(12);
    await sealAll(5);
    const { data: seals } = await lab.service.from("audit_seals").select("*").order("id").throwOnError();
    expect(seals.map(({ id }) => id)).toEqual(seals.map((_, n) => n + 1));
    expect(seals.map(({ first_id }) => first_id)).toEqual([
      1,
      ...seals.slice(0, -1).map((s) => s.last_id + 1),
    ]);
    const [log] = await sql("select count(*)::int as n, max(id) as last from public.storage_audit_log");
    expect(seals.reduce((sum, { row_count }) => sum + row_count, 0)).toBe(log?.n);
    expect(seals.at(-1)?.last_id).toBe(log?.last);
    expect(await verify()).toMatchObject({ seals: seals.length, rows: log?.n, broken: null, more: false });
    expect(await seal()).toBeUndefined();
  });

  test("can be made again outside the database, from the lines alone", async () => {
    await pi.log([await pi.place(`${randomUUID()}.jpg`)], { "x-correlation-id": randomUUID() });
    await lab.service.from("devices").update({ name: 'naïve "ü"\\ \n 雪' }).eq("id", pi.id).throwOnError();
    await seal(4);
    await sealAll();
    const { data: lines } = await lab.service.rpc("audit_lines", {}).throwOnError();
    const { data: seals } = await lab.service.from("audit_seals").select("*").order("id").throwOnError();
    let before = "";
    for (const { id, first_id, last_id, row_count, rows_digest, digest } of seals) {
      const own = lines.filter((line) => line.seal_id === id);
      expect(own).toHaveLength(row_count);
      expect(sha256(own.map(({ line }) => sha256(line)).join("\n"))).toBe(rows_digest);
      const text = ["pilab-audit-seal-1", id, first_id, last_id, row_count, rows_digest, before].join("\n");
      expect(sha256(text)).toBe(digest);
      before = digest;
    }
    const { data: rows } = await lab.service.from("storage_audit_log").select("*").order("id").throwOnError();
    const told = lines.map(({ line }) => JSON.parse(line) as { created_at: string });
    const instant = (row: { created_at: string }) => ({ ...row, created_at: Date.parse(row.created_at) });
    expect(told.map(instant)).toEqual(rows.map(instant));
  });

  test.each([
    ["rows_changed", "update public.storage_audit_log set actor = 'nobody' where id = 7"],
    [
      "rows_changed",
      "update public.storage_audit_log set created_at = created_at + interval '1 microsecond' where id = 7",
    ],
    ["rows_changed", `update public.storage_audit_log set details = details || '{"x": 1.0}' where id = 7`],
    ["rows_missing", "delete from public.storage_audit_log where id = 7"],
    [
      "rows_added",
      "insert into public.storage_audit_log (id, actor_claimed, action, object_type) overriding system value values (8, false, 'a.b', 'x')",
    ],
    ["seal_changed", "update public.audit_seals set row_count = row_count + 1 where id = 3"],
    ["seal_changed", "update public.audit_seals set digest = repeat('0', 64) where id = 3"],
    ["seal_missing", "delete from public.audit_seals where id = 3"],
  ])("name %s of the first broken seal, though a superuser did it: %s", async (reason, damage) => {
    await startFrom12();
    const { data: seals } = await lab.service.from("audit_seals").select("*").order("id").throwOnError();
    expect(seals[2]).toMatchObject({ first_id: 7, last_id: 10, row_count: 3 });
    expect(await verify()).toMatchObject({ seals: 4, broken: null });
    await asSuperuser(damage);
    expect(await verify()).toMatchObject({
      seals: 2,
      head: { id: 2, digest: seals[1]?.digest },
      broken: { id: 3, first_id: 7, reason },
      more: false,
    });
  });

  test("cover what is slipped in below the first id, too", async () => {
    await startFrom12();
    await asSuperuser(
      "insert into public.storage_audit_log (id, actor_claimed, action, object_type) overriding system value values (-5, false, 'a.b', 'x')",
    );
    expect((await verify()).broken).toMatchObject({ id: 1, reason: "rows_added" });
  });

  test("are checked a part at a time, each from the last good seal, and a forged start is refused", async () => {
    await startFrom12();
    const first = await verify({ max_seals: 3 });
    expect(first).toMatchObject({ seals: 3, head: { id: 3 }, more: true });
    expect(await verify({ after_seal: 3 })).toMatchObject({ seals: 1, head: { id: 4 }, more: false });
    expect(await verify({ after_seal: 9 })).toMatchObject({ broken: { reason: "seal_missing" } });
    for (const args of [{ after_seal: -1 }, { max_seals: 0 }, { max_seals: 1001 }])
      expect((await lab.service.rpc("verify_audit_seals", args)).error?.code).toBe("22023");
    for (const max_rows of [0, 100_001])
      expect((await lab.service.rpc("seal_audit_log", { max_rows })).error?.code).toBe("22023");
  });

  test("miss no row while 20 writers write and three sealers seal", { timeout: 120_000 }, async () => {
    await sealAll();
    let writing = true;
    const writers = Array.from({ length: 20 }, () => write(6));
    const sealers = Array.from({ length: 3 }, async () => {
      let made = 0;
      while (writing) made += (await seal(7)) ? 1 : 0;
      return made;
    });
    await Promise.all(writers);
    writing = false;
    expect((await Promise.all(sealers)).reduce((sum, made) => sum + made, 0)).toBeGreaterThan(0);
    await sealAll();
    const [log] = await sql("select count(*)::int as n from public.storage_audit_log");
    let [checked, after] = [0, 0];
    for (let more = true; more; ) {
      const part = await verify({ after_seal: after });
      expect(part.broken).toBeNull();
      checked += part.rows;
      after = part.head?.id ?? 0;
      more = part.more;
    }
    expect(checked).toBe(log?.n);
  });

  // PGlite runs one transaction at a time.
  test.runIf(engine === "postgres")(
    "wait for who has an id and has not committed, and give up after a while",
    async () => {
      await sealAll();
      let id: unknown;
      await lab.supabase.sql.transaction(async (tx) => {
        await tx.exec("select pilab.write_audit('slow.written', 'slow', null, null, '{}')");
        [{ id }] = (await tx.query<{ id: number }>("select max(id) as id from public.storage_audit_log"))
          .rows as [{ id: number }];
        await write(1);
        const { error } = await lab.service.rpc("seal_audit_log", {});
        expect(error?.code).toBe("55P03");
      });
      const made = await seal();
      expect(made?.first_id).toBeLessThanOrEqual(Number(id));
      expect(made?.last_id).toBeGreaterThan(Number(id));
      expect((await verify()).broken).toBeNull();
    },
  );

  test("are made by the service key alone, read by operators and admins, and changed by nobody", async () => {
    await sealAll();
    const { data: seals } = await lab.service.from("audit_seals").select("*").throwOnError();
    for (const role of ["viewer", "operator", "admin"] as const) {
      const client = await lab.signIn(role);
      expect((await client.rpc("seal_audit_log", {})).error?.code).toBe("42501");
      expect((await client.from("audit_seals").select("*")).data).toHaveLength(
        role === "viewer" ? 0 : seals.length,
      );
      expect((await client.rpc("audit_lines", { max_rows: 1 })).data).toHaveLength(role === "viewer" ? 0 : 1);
      expect((await client.rpc("verify_audit_seals", {})).error?.code).toBe(
        role === "viewer" ? "42501" : undefined,
      );
    }
    for (const client of [pi.client, lab.anon]) {
      expect((await client.rpc("seal_audit_log", {})).error?.code).toBe("42501");
      expect((await client.rpc("verify_audit_seals", {})).error?.code).toBe("42501");
      expect((await client.rpc("audit_lines", {})).data ?? []).toEqual([]);
    }
    for (const statement of [
      "update public.audit_seals set digest = digest",
      "delete from public.audit_seals",
      "truncate public.audit_seals",
    ])
      await expect(lab.supabase.sql.exec(statement)).rejects.toThrow("audit_seals is append-only");
    for (const attempt of [
      lab.service.from("audit_seals").delete().gte("id", 0),
      lab.service
        .from("audit_seals")
        .update({ digest: "0".repeat(64) })
        .gte("id", 0),
    ])
      expect((await attempt).error?.code).toBe("42501");
  });

  /** A log of ids 1 to 12 but for 8, which stays free, in seals of three. */
  async function startFrom12(): Promise<void> {
    await asSuperuser(`
      truncate public.storage_audit_log, public.audit_seals;
      alter table public.storage_audit_log alter column id restart with 1`);
    await write(12);
    await asSuperuser("delete from public.storage_audit_log where id = 8");
    await sealAll(3);
  }
});
