import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type Item,
  type LabClient,
  loseObject,
  startTestLab,
  type TestDevice,
  type TestLab,
} from "../src/test-lab.ts";

const BUCKET = "pilab-dev";
const LEASE = `retention:${BUCKET}`;

describe.each(["pglite", "postgres"] as const)("purge on %s", { timeout: 60_000 }, (engine) => {
  let lab: TestLab;
  let pi: TestDevice;
  let operator: LabClient;
  let token: number;

  beforeAll(async () => {
    lab = await startTestLab(engine);
    pi = await lab.addDevice("pi-1");
    operator = await lab.signIn("operator");
    token = (await acquire(LEASE)).lease_token;
  }, 60_000);
  afterAll(() => lab?.stop());

  const sql = async (text: string, params: unknown[] = []) =>
    (await lab.supabase.sql.transaction((tx) => tx.query(text, params))).rows;
  const acquire = async (name: string, holder = "worker") => {
    const { data } = await lab.service.rpc("acquire_lease", { name, holder, ttl_s: 600 }).throwOnError();
    return data[0] as (typeof data)[number];
  };
  const expire = (name: string) =>
    sql("update public.leases set expires_at = clock_timestamp() where name = $1", [name]);
  const begin = (ids: string[], lease_token = token, client = lab.service) =>
    client.rpc("begin_purge", { bucket_id: BUCKET, ids, lease_token });
  const finish = async (ids: string[]) =>
    (await lab.service.rpc("finish_purge", { ids }).throwOnError()).data;
  const words = (rows: { id: string; outcome: string; reason: string }[] | null) =>
    Object.fromEntries((rows ?? []).map(({ id, outcome, reason }) => [id, reason ?? outcome]));
  const rowOf = async (id: string) =>
    (await lab.service.from("captures").select("*").eq("id", id).single().throwOnError()).data;
  const stored = async () =>
    (
      (await lab.service.rpc("storage_usage", { bucket_id: BUCKET }).throwOnError()).data as {
        stored: { files: number; bytes: number };
      }
    ).stored;
  const capture = async (fields: Item = {}) => {
    const item = await pi.place(`${randomUUID()}.jpg`, fields);
    const [logged] = await pi.log([item]);
    return { id: logged?.id ?? "", item };
  };
  /** A capture that has lain in the trash for so many days. */
  const trashed = async (days: number, fields: Item = {}) => {
    const made = await capture(fields);
    await sql("update public.captures set deleted_at = now() - make_interval(days => $2) where id = $1", [
      made.id,
      days,
    ]);
    return made;
  };

  test("claims only what is trashed, past grace and unpinned, and says why of the rest", async () => {
    const [due, fresh, live, pinned, done] = [
      await trashed(8),
      await trashed(6),
      await capture(),
      await trashed(8),
      await trashed(8),
    ];
    await operator.rpc("pin_captures", { ids: [pinned.id] }).throwOnError();
    await begin([done.id]);
    await loseObject(lab.supabase, done.item);
    await finish([done.id]);
    const unknown = randomUUID();
    const ids = [due.id, fresh.id, live.id, pinned.id, done.id, unknown];
    expect(words((await begin(ids)).data)).toEqual({
      [due.id]: "changed",
      [fresh.id]: "in_grace",
      [live.id]: "live",
      [pinned.id]: "pinned",
      [done.id]: "purged",
      [unknown]: "not_found",
    });
    expect((await begin([due.id])).data).toEqual([
      { id: due.id, outcome: "unchanged", reason: null, object_path: due.item.object_path, bytes: 1000 },
    ]);
    await sql("insert into public.bucket_settings (bucket_id) values ('another')");
    const other = await acquire("retention:another");
    const elsewhere = { bucket_id: "another", ids: [due.id], lease_token: other.lease_token };
    expect(words((await lab.service.rpc("begin_purge", elsewhere)).data)).toEqual({ [due.id]: "not_found" });
  });

  test("asks the most specific enabled policy for the grace: series, then device, shot type, bucket", async () => {
    const { id } = await trashed(20, { series: "long", shot_type: "top" });
    const policies = [
      { grace_days: 30, bucket_id: BUCKET, expected: "in_grace" },
      { grace_days: 10, shot_type: "top", expected: "changed" },
      { grace_days: 30, device_id: pi.id, expected: "in_grace" },
      { grace_days: 10, series: "long", expected: "changed" },
      { grace_days: 30, series: "long", device_id: pi.id, expected: "in_grace" },
    ];
    for (const { expected, ...policy } of policies) {
      await lab.service
        .from("retention_policies")
        .insert({ ...policy, keep_days: 1 })
        .throwOnError();
      const [would] = await sql(
        "select case when deleted_at + make_interval(hours => 24 * pilab.grace_days(c)) > now() then 'in_grace' else 'changed' end as word from public.captures c where id = $1",
        [id],
      );
      expect(would?.word).toBe(expected);
    }
    expect(words((await begin([id])).data)).toEqual({ [id]: "in_grace" });
    await lab.service
      .from("retention_policies")
      .update({ enabled: false })
      .gte("grace_days", 0)
      .throwOnError();
    expect(words((await begin([id])).data)).toEqual({ [id]: "changed" });
  });

  test("lowers what is stored only when objects and thumbnails are gone, and leaves an empty tombstone", async () => {
    const name = `${randomUUID()}.jpg`;
    const thumb = await pi.place(`${name}.webp`, { bucket_id: `${BUCKET}-thumbs`, size_bytes: 50 });
    const item = await pi.place(name, { exif: { gps: 1 }, metadata: { note: "x" } });
    const [{ id } = { id: "" }] = await pi.log([item]);
    await sql("update public.captures set deleted_at = now() - interval '8 days' where id = $1", [id]);
    const before = await stored();
    expect(words(await finish([id]))).toEqual({ [id]: "not_purging" });
    await begin([id]);
    expect(words(await finish([id]))).toEqual({ [id]: "object_present" });
    await loseObject(lab.supabase, item);
    expect(words(await finish([id]))).toEqual({ [id]: "object_present" });
    expect(await stored()).toEqual(before);
    await loseObject(lab.supabase, thumb);
    expect(await finish([id, id])).toEqual([
      { id, outcome: "changed", reason: null, object_path: item.object_path, bytes: 1050 },
    ]);
    expect(await stored()).toEqual({ files: before.files - 1, bytes: before.bytes - 1050 });
    expect(await rowOf(id)).toMatchObject({ exif: {}, metadata: {}, purged_at: expect.any(String) });
    expect(words(await finish([id]))).toEqual({ [id]: "unchanged" });
    expect((await pi.log([item]))[0]?.outcome).toBe("purged");
  });

  test("lets a claimed capture be neither restored nor pinned", async () => {
    const { id } = await trashed(8);
    await begin([id]);
    for (const verb of ["restore_captures", "pin_captures"] as const)
      expect((await operator.rpc(verb, { ids: [id] })).data).toMatchObject([{ reason: "purging" }]);
  });

  test("gives one lease to one worker, by the server's clock, with a token that rises", async () => {
    const name = `job-${randomUUID()}`;
    const answers = await Promise.all(Array.from({ length: 8 }, (_, n) => acquire(name, `worker ${n}`)));
    const winner = answers.find(({ acquired }) => acquired);
    expect(answers.filter(({ acquired }) => acquired)).toHaveLength(1);
    expect(new Set(answers.map(({ holder_now }) => holder_now))).toEqual(new Set([winner?.holder_now]));
    const of = (lease_token: number) => ({ name, lease_token });
    const renew = async (lease_token: number) =>
      (await lab.service.rpc("renew_lease", { ...of(lease_token), ttl_s: 600 }).throwOnError()).data;
    const release = async (lease_token: number) =>
      (await lab.service.rpc("release_lease", of(lease_token)).throwOnError()).data;

    expect(await renew(1)).not.toBeNull();
    expect([await renew(2), await release(2)]).toEqual([null, false]);
    await expire(name);
    expect([await renew(1), await release(1)]).toEqual([null, false]);
    expect(await acquire(name)).toMatchObject({ acquired: true, lease_token: 2 });
    expect([await renew(1), await release(1), await release(2)]).toEqual([null, false, true]);
    expect(await acquire(name)).toMatchObject({ acquired: true, lease_token: 3 });
    const ttl_s = 3601;
    expect((await lab.service.rpc("acquire_lease", { name, holder: "x", ttl_s })).error?.code).toBe("22023");
  });

  test("lets a worker whose lease has run out claim nothing, nor one with another's token, nor one with none", async () => {
    const { id } = await trashed(8);
    const stale = token;
    await expire(LEASE);
    expect((await begin([id], stale)).error).toMatchObject({ code: "PT409" });
    token = (await acquire(LEASE, "the next")).lease_token;
    for (const wrong of [stale, token + 1, null as never])
      expect((await begin([id], wrong)).error).toMatchObject({ code: "PT409" });
    const nowhere = { bucket_id: "nowhere", ids: [id], lease_token: 1 };
    expect((await lab.service.rpc("begin_purge", nowhere)).error).toMatchObject({ code: "PT409" });
    expect((await rowOf(id)).purging_at).toBeNull();
    expect(words((await begin([id])).data)).toEqual({ [id]: "changed" });
  });

  test("finishes what a worker that lost its lease had claimed, whichever of the two is first", async () => {
    const { id, item } = await trashed(8);
    await begin([id]);
    await expire(LEASE);
    token = (await acquire(LEASE, "the next")).lease_token;
    expect(words((await begin([id])).data)).toEqual({ [id]: "unchanged" });
    await loseObject(lab.supabase, item);
    const answers = await Promise.all([finish([id]), finish([id])]);
    expect(answers.map((rows) => words(rows)[id]).sort()).toEqual(["changed", "unchanged"]);
    const { data } = await lab.service
      .from("storage_audit_log")
      .select("action")
      .eq("object_id", id)
      .eq("action", "capture.purged");
    expect(data).toHaveLength(1);
  });

  test("decides a race of pin and restore with begin_purge for one of them, never for both", async () => {
    const made = await Promise.all(Array.from({ length: 20 }, () => trashed(8)));
    const outcomes = await Promise.all(
      made.map(async ({ id }, n) => {
        const verb = n % 2 ? "pin_captures" : "restore_captures";
        const calls = [() => begin([id]), () => operator.rpc(verb, { ids: [id] })];
        const started = (n % 4 < 2 ? calls : calls.reverse()).map(async (call) => (await call()).data?.[0]);
        return [id, await Promise.all(started)] as const;
      }),
    );
    for (const [id, answers] of outcomes) {
      expect(answers.map((answer) => answer?.outcome).sort(), id).toEqual(["changed", "refused"]);
      const row = await rowOf(id);
      expect(Boolean(row.purging_at), id).toBe(!(row.pinned_at ?? row.deleted_at === null));
    }
  });

  test("refuses empty policies, half a thinning and a second policy of one scope", async () => {
    const series = randomUUID();
    const insert = async (policy: object) =>
      (await lab.service.from("retention_policies").insert({ series, ...policy })).error?.code;
    expect(await insert({})).toBe("23514");
    expect(await insert({ grace_days: 3, enabled: true })).toBe("23514");
    expect(await insert({ thin_every: "hour", thin_after_days: 2 })).toBe("23514");
    expect(await insert({ keep_days: 0 })).toBe("23514");
    expect(await insert({ thin_every: "hour", thin_after_days: 2, thin_keep: "sharpest" })).toBeUndefined();
    expect(await insert({ keep_days: 30 })).toBe("23505");
    const empty = { thin_every: null, thin_after_days: null, thin_keep: null };
    const { error } = await lab.service.from("retention_policies").update(empty).eq("series", series);
    expect(error?.code).toBe("23514");
  });

  test("tells the audit log of policies, of each state of a run, and of who asked the worker for what", async () => {
    const correlation = randomUUID();
    const asJob = <T extends { setHeader(name: string, value: string): T }>(call: T) =>
      call.setHeader("x-correlation-id", correlation);
    const admin = await lab.signIn("admin");
    const policies = admin.from("retention_policies");
    await asJob(policies.insert({ series: correlation, keep_days: 30 })).throwOnError();
    await asJob(policies.update({ keep_days: 3 }).eq("series", correlation)).throwOnError();
    await asJob(policies.delete().eq("series", correlation)).throwOnError();
    const runs = lab.service.from("retention_runs");
    const run = { bucket_id: BUCKET, id: correlation, plan: { digest: "d" } };
    await asJob(runs.insert(run)).throwOnError();
    await asJob(runs.update({ cursor: { after: 1 }, state: "running" }).eq("id", correlation)).throwOnError();
    await asJob(runs.update({ cursor: { after: 2 } }).eq("id", correlation)).throwOnError();
    await asJob(operator.from("worker_requests").insert({ kind: "run" })).throwOnError();
    const { data } = await lab.service
      .from("storage_audit_log")
      .select("action, details")
      .eq("correlation_id", correlation)
      .order("id")
      .throwOnError();
    expect(data.map(({ action }) => action)).toEqual([
      "retention_policy.created",
      "retention_policy.changed",
      "retention_policy.deleted",
      "retention_run.planned",
      "retention_run.running",
      "worker_request.created",
    ]);
    expect(data[3]?.details).toMatchObject({ plan_digest: "d", planned_files: 0 });
  });

  test("lets one of two workers take a request, and its asker be nobody but who asked", async () => {
    const viewer = await lab.signIn("viewer");
    const forged = { kind: "preview", requested_by: randomUUID() };
    expect((await viewer.from("worker_requests").insert(forged)).error?.code).toBe("42501");
    const { data: asked } = await viewer
      .from("worker_requests")
      .insert({ kind: "preview", args: { days: 90 } })
      .select()
      .single()
      .throwOnError();
    expect(asked.requested_by).not.toBeNull();
    const take = async (worker: string) =>
      (
        await lab.service
          .from("worker_requests")
          .update({ state: "running", worker, started_at: new Date().toISOString() })
          .eq("id", asked.id)
          .eq("state", "pending")
          .select("worker")
          .throwOnError()
      ).data;
    expect((await Promise.all([take("a"), take("b"), take("c")])).flat()).toHaveLength(1);
  });

  test("is the service key's alone: no person and no device claims, finishes or leases anything", async () => {
    const { id } = await trashed(8);
    const name = randomUUID();
    for (const client of [
      lab.anon,
      await lab.signIn("viewer"),
      operator,
      await lab.signIn("admin"),
      pi.client,
    ]) {
      const refused = [
        await begin([id], token, client),
        await client.rpc("finish_purge", { ids: [id] }),
        await client.rpc("acquire_lease", { name, holder: "x", ttl_s: 60 }),
        await client.rpc("renew_lease", { name: LEASE, lease_token: token, ttl_s: 60 }),
        await client.rpc("release_lease", { name: LEASE, lease_token: token }),
        await client.from("leases").select("*"),
      ];
      expect(refused.map(({ error }) => error?.code)).toEqual(Array(6).fill("42501"));
    }
    expect(await rowOf(id)).toMatchObject({ purging_at: null });
  });
});
