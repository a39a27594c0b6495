import { createHash } from "node:crypto";
import type { AuditHead, AuditReport } from "@pilab/schema";
import { startTestSupabase, type TestSupabase } from "@pilab/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createPilabClient, type PilabClient } from "../src/client.ts";
import { parseAuditHeads, verifyAuditExport } from "../src/index.ts";

describe.each(["pglite", "postgres"] as const)("the audit log on %s", { timeout: 60_000 }, (engine) => {
  let supabase: TestSupabase;
  let pilab: PilabClient;
  let deviceId: string;

  beforeAll(async () => {
    supabase = await startTestSupabase({ engine });
    pilab = createPilabClient({ url: supabase.url, serviceKey: supabase.serviceRoleKey });
    deviceId = (await pilab.devices.create({ slug: "pi-1" })).device.id;
  }, 60_000);
  afterAll(async () => {
    await pilab?.close();
    await supabase?.stop();
  });
  // Ids 1 to 12 in seals of three, so that the third covers 7 to 9; 13 and 14 are not sealed.
  beforeEach(async () => {
    await asSuperuser(
      "truncate public.storage_audit_log, public.audit_seals; alter table public.storage_audit_log alter column id restart with 1",
    );
    for (let n = 0; n < 4; n++) {
      await write(3);
      await pilab.audit.seal();
    }
    await write(2);
  });

  const exec = (statement: string) => supabase.sql.transaction((tx) => tx.exec(statement));
  /** Past every trigger, as only who owns the server can. */
  const asSuperuser = (statement: string) =>
    supabase.sql.transaction(async (tx) => {
      await tx.exec("set local session_replication_role = replica");
      await tx.exec(statement);
    });
  const write = (entries: number) =>
    exec(`update public.devices set name = '=HYPERLINK("http://x") ü' || n
      from generate_series(1, 1) as n where id = '${deviceId}';
      ${Array.from({ length: entries - 1 }, (_, n) => `update public.devices set name = 'pi ${n}' where id = '${deviceId}';`).join("")}`);
  /** Makes all seals again over what is there now, as an owner of the database who hides an edit would. */
  const forge = async () => {
    await asSuperuser("truncate public.audit_seals");
    await pilab.audit.seal();
  };
  const headOf = async (): Promise<AuditHead> => (await pilab.audit.head()) as AuditHead;
  const exported = async (options: { since?: Date; until?: Date } = {}) => {
    const lines: string[] = [];
    for await (const line of pilab.audit.export({ format: "jsonl", ...options })) lines.push(line.trimEnd());
    return lines;
  };
  const offline = async (lines: readonly string[], heads: readonly AuditHead[] = []) =>
    verifyAuditExport(
      (async function* () {
        yield* lines;
      })(),
      heads,
    );
  const brokenOf = ({ broken }: AuditReport) => broken;

  test("is anchored up to the head kept outside, self-consistent up to the last seal, and the rest is said to be unsealed", async () => {
    const heads = [await headOf()];
    await pilab.audit.seal();
    await write(2);
    const ranges = {
      ok: true,
      broken: [],
      rows: 16,
      seals: 5,
      heads: { given: 1, matched: 1 },
      anchored: { first_id: 1, last_id: 12 },
      self_consistent: { first_id: 13, last_id: 14 },
      unsealed: { first_id: 15, last_id: 16, rows: 2 },
    };
    expect(await pilab.audit.verify({ heads })).toMatchObject({ ...ranges, database_agrees: true });
    expect(await offline(await exported(), heads)).toMatchObject({ ...ranges, database_agrees: null });
    expect(await pilab.audit.verify()).toMatchObject({
      ...{ anchored: null, self_consistent: { first_id: 1, last_id: 14 } },
    });
  });

  test.each([
    ["rows_changed", "update public.storage_audit_log set actor = 'nobody' where id = 8"],
    ["rows_missing", "delete from public.storage_audit_log where id = 8"],
    ["seal_changed", "update public.audit_seals set row_count = row_count + 1 where id = 3"],
    [
      "rows_added",
      "insert into public.storage_audit_log (id, actor_claimed, action, object_type) overriding system value values (-5, false, 'a.b', 'x')",
    ],
  ])("names the range in which the superuser left %s, online and from an export", async (reason, damage) => {
    const heads = [await headOf()];
    await asSuperuser(damage);
    for (const report of [await pilab.audit.verify({ heads }), await offline(await exported(), heads)]) {
      expect(report.ok).toBe(false);
      const range =
        reason === "rows_added" ? { seal: 1, first_id: 1, last_id: 3 } : { seal: 3, first_id: 7, last_id: 9 };
      expect(brokenOf(report)[0]).toEqual({ ...range, reason });
      expect(report.database_agrees).not.toBe(false);
    }
  });

  test("names the range between two heads when the superuser edited a row and made all seals anew", async () => {
    const { lines } = await headsAfterEachSeal();
    const heads = parseAuditHeads(lines, "heads.jsonl");
    await asSuperuser("update public.storage_audit_log set actor = 'nobody' where id = 8");
    // The forger keeps the ranges, or the count of seals alone would tell.
    await asSuperuser("delete from public.audit_seals where id >= 3");
    await pilab.audit.seal();
    expect(await pilab.audit.verify()).toMatchObject({ ok: true, database_agrees: true, anchored: null });
    const report = await pilab.audit.verify({ heads });
    expect(report).toMatchObject({ ok: false, anchored: { first_id: 1, last_id: 6 } });
    expect(brokenOf(report)[0]).toMatchObject({ reason: "head_differs", first_id: 7 });
  });

  test("finds a row slipped in and a row removed under seals that were all made anew", async () => {
    const heads = [await headOf()];
    for (const damage of [
      "insert into public.storage_audit_log (id, actor_claimed, action, object_type) overriding system value values (-5, false, 'a.b', 'x')",
      "delete from public.storage_audit_log where id = 2",
    ]) {
      await asSuperuser(damage);
      await forge();
      await asSuperuser(
        `insert into public.audit_seals select n, 100 + n, 100 + n, 1, repeat('0', 64), repeat('0', 64), now() from generate_series(2, 4) as n`,
      );
      expect(await pilab.audit.verify({ heads })).toMatchObject({ ok: false, heads: { matched: 0 } });
    }
  });

  test("finds a log that was cut short below a head kept outside", async () => {
    const heads = [await headOf()];
    await asSuperuser(
      "delete from public.audit_seals where id = 4; delete from public.storage_audit_log where id > 9",
    );
    expect(await pilab.audit.verify()).toMatchObject({ ok: true });
    const report = await pilab.audit.verify({ heads });
    expect(brokenOf(report)).toEqual([{ seal: 4, first_id: 10, last_id: 12, reason: "head_missing" }]);
  });

  test("tells a line changed, dropped or moved in an export", async () => {
    const heads = [await headOf()];
    const lines = await exported();
    const at = lines.findIndex((line) => line.startsWith('{"id": 8,'));
    const changed = lines.with(at, (lines[at] as string).replace("device.changed", "device.deleted"));
    expect(brokenOf(await offline(changed, heads))).toMatchObject([{ seal: 3, reason: "rows_changed" }]);
    expect(brokenOf(await offline(lines.toSpliced(at, 1), heads))).toMatchObject([
      { seal: 3, reason: "rows_missing" },
    ]);
    const moved = lines.with(at, lines[at - 1] as string).with(at - 1, lines[at] as string);
    expect(brokenOf(await offline(moved, heads))).toMatchObject([{ seal: 3, reason: "rows_changed" }]);
    expect(await offline(lines.with(at, "\u0000garbage"), heads)).toMatchObject({ ok: false });
  });

  test("exports a part that can be verified by itself, from the seal before it on", async () => {
    const { data: seals } = { data: await sealTimes() };
    const part = await exported({ since: seals[1] as Date, until: seals[2] as Date });
    expect(part[0]).toContain('{"start_after":');
    expect(await offline(part, [await headOf()])).toMatchObject({
      ...{ ok: true, partial: true, rows: 6, seals: 2, self_consistent: { first_id: 4, last_id: 9 } },
    });
    expect(await offline(await exported({ since: new Date() }))).toMatchObject({
      ok: true,
      seals: 0,
      rows: 2,
    });
  });

  test("as CSV is exact in time, and nothing in it is a formula", async () => {
    const text: string[] = [];
    for await (const line of pilab.audit.export({ format: "csv", since: new Date(0) })) text.push(line);
    expect(text).toHaveLength(15);
    expect(text[0]).toBe(
      "id,created_at,correlation_id,actor,actor_claimed,device_id,action,object_type,object_id,details\r\n",
    );
    await asSuperuser(
      `update public.storage_audit_log set actor = '=cmd|''/c calc''!A0', object_id = '  @x"y' where id = 1`,
    );
    const rows: string[] = [];
    for await (const line of pilab.audit.export({ format: "csv" })) rows.push(line);
    expect(rows[1]).toContain(`"'=cmd|'/c calc'!A0"`);
    expect(rows[1]).toContain(`"'  @x""y"`);
    const none: string[] = [];
    for await (const line of pilab.audit.export({ format: "csv", since: new Date(Date.now() + 3_600_000) }))
      none.push(line);
    expect(none).toHaveLength(1);
  });

  test("is read in pages: 5,000 entries verify and export the same", async () => {
    await exec(
      `select pilab.write_audit('many.written', 'many', n::text, null, '{}') from generate_series(1, 5000) as n`,
    );
    await pilab.audit.seal();
    const lines = await exported();
    expect(await pilab.audit.verify()).toMatchObject({ ok: true, rows: 5014, database_agrees: true });
    expect(
      createHash("sha256")
        .update((await exported()).join("\n"))
        .digest("hex"),
    ).toBe(createHash("sha256").update(lines.join("\n")).digest("hex"));
    expect(await offline(lines)).toMatchObject({ ok: true, rows: 5014 });
  });

  async function sealTimes(): Promise<Date[]> {
    const { rows } = await supabase.sql.transaction((tx) =>
      tx.query<{ created_at: string }>("select created_at from public.audit_seals order by id"),
    );
    return rows.map(({ created_at }) => new Date(created_at));
  }

  async function headsAfterEachSeal(): Promise<{ lines: string }> {
    const { rows } = await supabase.sql.transaction((tx) =>
      tx.query<AuditHead>("select id::int, last_id::int, digest from public.audit_seals order by id"),
    );
    return { lines: `${rows.map((row) => JSON.stringify(row)).join("\n")}\n` };
  }
});

test("a file that holds no heads is refused with its line", () => {
  expect(() => parseAuditHeads('{"id":1}\n', "heads.jsonl")).toThrow("heads.jsonl: line 1 is no head");
});
