import { randomUUID } from "node:crypto";
import { startTestSupabase, type TestSupabase } from "@pilab/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createPilabClient, type PilabClient } from "../src/index.ts";

describe.each(["pglite", "postgres"] as const)("alerts on %s", { timeout: 60_000 }, (engine) => {
  let supabase: TestSupabase;
  let client: PilabClient;
  let deviceId: string;

  beforeAll(async () => {
    supabase = await startTestSupabase({ engine });
    client = createPilabClient({ url: supabase.url, serviceKey: supabase.serviceRoleKey });
    deviceId = (await client.devices.create({ slug: "pi-1", name: "Pi 1" })).device.id;
  }, 120_000);
  afterAll(async () => {
    await client?.close();
    await supabase?.stop();
  });

  const rows = async <R = Record<string, unknown>>(sql: string, params: unknown[] = []): Promise<R[]> =>
    (await supabase.sql.transaction((tx) => tx.query<R>(sql, params))).rows;
  const beat = (status: object) => client.device.reportStatus(status, { forDeviceId: deviceId });
  /** As if so much time had passed with the worker watching: what is remembered is moved back. */
  const wait = async (seconds: number) => {
    const by = `interval '${seconds} seconds'`;
    await supabase.sql.exec(`
      update pilab.alert_counters set watched_s = watched_s + ${seconds};
      update pilab.alert_rounds set watching_since = watching_since - ${by};
      update pilab.alert_groups set told_at = told_at - ${by};
      update public.alerts set opened_at = opened_at - ${by}, last_seen_at = last_seen_at - ${by};`);
  };
  const unresolved = async () => (await client.alerts.list({ state: "unresolved" })).alerts;
  const messages = async () =>
    (await client.alerts.deliveries.list()).map(({ message }) => message.title).toReversed();

  beforeEach(async () => {
    await supabase.sql.exec(`
      delete from public.alerts; delete from pilab.alert_counters; delete from public.alert_channels;
      delete from public.device_status; delete from public.device_status_hourly; delete from public.check_results;
      update public.devices set paused_until = null, expected_interval_s = null, retired_at = null;
      update pilab.alert_rounds set at = null, watching_since = null;
      update public.bucket_settings set quota_bytes = null;
      update public.alert_rules set enabled = true;`);
  });

  test("a hot device: watched, opened, told after the group has waited, cooled down, resolved, told", async () => {
    await client.alerts.channels.create({ name: "lab", kind: "slack", secret_env: "ALERT_SLACK" });
    await beat({ cpu_temp_c: 82 });
    expect(await client.alerts.evaluate()).toEqual({ opened: 0, resolved: 0, messages: 0 });
    await wait(300);
    expect(await client.alerts.evaluate()).toMatchObject({ opened: 1 });
    expect(await unresolved()).toMatchObject([
      { rule_key: "device_hot", severity: "warning", subject_id: deviceId, title: "Pi 1 is at 82.0 °C" },
    ]);
    await wait(31);
    expect(await client.alerts.evaluate()).toEqual({ opened: 0, resolved: 0, messages: 1 });
    expect(await client.alerts.evaluate()).toEqual({ opened: 0, resolved: 0, messages: 0 });
    await beat({ cpu_temp_c: 60 });
    await client.alerts.evaluate();
    await wait(600);
    expect(await client.alerts.evaluate()).toMatchObject({ resolved: 1 });
    expect(await unresolved()).toEqual([]);
    await supabase.sql.exec("update public.alerts set resolved_at = resolved_at - interval '31 seconds'");
    await client.alerts.evaluate();
    expect(await messages()).toEqual(["Pi 1 is at 82.0 °C", "Resolved: Pi 1 is at 82.0 °C"]);
  });

  test("a round computed from an older one is refused whole: nothing opens twice", async () => {
    const [read] = await rows<{ inputs: { round: { number: number } } }>(
      "select public.alert_inputs() as inputs",
    );
    const opened = [
      {
        id: randomUUID(),
        rule_key: "device_hot",
        severity: "warning",
        subject_type: "device",
        subject_id: deviceId,
        title: "hot",
        detail: {},
      },
    ];
    const round = {
      number: read?.inputs.round.number,
      opened,
      changed: [],
      resolved: [],
      counters: [],
      groups: [],
      messages: [],
    };
    const apply = async () =>
      (
        await rows<{ applied: boolean }>("select public.apply_alert_round($1::jsonb) as applied", [
          JSON.stringify(round),
        ])
      )[0]?.applied;
    expect([await apply(), await apply()]).toEqual([true, false]);
    expect(await unresolved()).toHaveLength(1);
  });

  test("ten workers that evaluate at once open one alert", async () => {
    await beat({ cpu_temp_c: 90 });
    const all = await Promise.allSettled(
      Array.from({ length: 10 }, () => client.alerts.evaluate({ single: true })),
    );
    expect(all.filter(({ status }) => status === "fulfilled").length).toBeGreaterThan(0);
    expect(await unresolved()).toHaveLength(1);
  });

  test("acknowledging and silencing are audited, and change what is open only", async () => {
    await beat({ cpu_temp_c: 90 });
    await client.alerts.evaluate({ single: true });
    const [alert = expect.fail()] = await unresolved();
    expect(await client.alerts.acknowledge([alert.id, randomUUID()])).toEqual([alert.id]);
    expect(await client.alerts.acknowledge([alert.id])).toEqual([]);
    const until = new Date(Date.now() + 3_600_000);
    expect(await client.alerts.silence([alert.id], until)).toEqual([alert.id]);
    expect(await unresolved()).toMatchObject([{ state: "acknowledged" }]);
    const audit = await client.audit.list({ objectType: "alert", objectId: alert.id });
    expect(audit.entries.map(({ action, device_id }) => [action, device_id])).toEqual([
      ["alert.silenced", deviceId],
      ["alert.acknowledged", deviceId],
    ]);
    expect(await client.alerts.silence([alert.id], null)).toEqual([alert.id]);
    await beat({ cpu_temp_c: 50 });
    await client.alerts.evaluate({ single: true });
    expect(await client.alerts.silence([alert.id], until)).toEqual([]);
  });

  test("a device that is paused, retired or whose rule is off has its alerts resolved, with the reason", async () => {
    for (const [change, because] of [
      ["update public.devices set paused_until = now() + interval '1 day'", "paused"],
      ["update public.devices set retired_at = now()", "retired"],
      ["update public.alert_rules set enabled = false where key = 'device_hot'", "rule_off"],
    ] as const) {
      await supabase.sql.exec("update public.devices set paused_until = null, retired_at = null");
      await beat({ cpu_temp_c: 90 });
      expect(await client.alerts.evaluate({ single: true })).toMatchObject({ opened: 1 });
      await supabase.sql.exec(change);
      expect(await client.alerts.evaluate({ single: true })).toMatchObject({ opened: 0, resolved: 1 });
      const [newest] = (await client.alerts.list({ limit: 1 })).alerts;
      expect(newest).toMatchObject({ state: "resolved", resolved_because: because });
    }
  });

  test("buckets, runs, checks and clones are read as the rules want them", async () => {
    await supabase.sql.exec(`
      update public.bucket_settings set quota_bytes = 1000;
      insert into public.capture_stats_daily (bucket_id, day, device_id, live_bytes, trashed_bytes, purged_bytes)
        select 'pilab-dev', current_date, id, 700, 260, 9999 from public.devices;
      insert into public.retention_runs (bucket_id, state, planned_files) values ('pilab-dev', 'braked', 5);`);
    await client.checks.report({
      check: "scrub",
      subjectId: "pilab-dev",
      ok: false,
      found: 2,
      detail: { path: "a" },
    });
    await client.checks.report({ check: "audit_chain", subjectId: "", ok: false, found: 1, detail: {} });
    for (let n = 0; n < 8; n += 1) await beat({ instance: `agent-${n % 2}` });
    await client.alerts.evaluate({ single: true });
    expect(
      (await unresolved())
        .map(({ rule_key, severity, subject_id }) => [rule_key, severity, subject_id])
        .toSorted(),
    ).toEqual([
      ["audit_chain_broken", "critical", ""],
      ["bucket_full", "critical", "pilab-dev"],
      ["device_cloned", "critical", deviceId],
      ["retention_braked", "warning", "pilab-dev"],
      ["scrub_mismatch", "critical", "pilab-dev"],
    ]);
    await supabase.sql.exec("delete from public.capture_stats_daily; delete from public.retention_runs");
    await client.checks.report({ check: "scrub", subjectId: "pilab-dev", ok: true, found: 0, detail: {} });
    expect((await client.checks.list()).find(({ check_name }) => check_name === "scrub")).toMatchObject({
      ok: true,
      found: 0,
    });
  });

  test("an hour of heartbeats is one row, with the last of levels and the worst of events", async () => {
    await beat({
      queue_files: 5,
      queue_bytes: 500,
      disk_free_bytes: 10,
      cpu_temp_c: 70,
      throttled: true,
      clock_synced: true,
      uplink_bytes_per_s: 9,
      instance: "a",
    });
    await beat({
      queue_files: 1,
      queue_bytes: 100,
      disk_free_bytes: 30,
      cpu_temp_c: 50,
      throttled: false,
      clock_synced: false,
      instance: "b",
      last_error: "x",
    });
    await beat({ queue_files: 2 });
    const hours = await rows("select * from public.device_status_hourly order by hour desc limit 1");
    expect(hours[0]).toMatchObject({
      reports: 3,
      ...{ queue_files: 2, queue_files_max: 5, queue_bytes: null, queue_bytes_max: 500 },
      ...{ disk_free_bytes: null, disk_free_bytes_min: 10, cpu_temp_c_max: 70, uplink_bytes_per_s: 9 },
      ...{ throttled: true, clock_unsynced: true, instance_changes: 1, last_error: "x" },
    });
  });

  test("the growth of a queue is seen across hours, and fills the card in time", async () => {
    await beat({ queue_bytes: 1_000_000, disk_free_bytes: 50_000_000 });
    await supabase.sql.exec(
      "update public.device_status_hourly set hour = hour - interval '1 hour', reported_at = reported_at - interval '1 hour'",
    );
    await beat({ queue_bytes: 11_000_000, disk_free_bytes: 40_000_000 });
    await client.alerts.evaluate({ single: true });
    expect((await unresolved())[0]?.title).toMatch(/^Pi 1: captures that wait will fill the card in 4 h$/);
  });

  test("a rule keeps the names of its limits, and takes new numbers", async () => {
    expect(
      (await client.alerts.rules.update("device_hot", { params: { temp_c: 70 }, severity: "info" })).params,
    ).toMatchObject({ temp_c: 70, critical_temp_c: 85 });
    await expect(client.alerts.rules.update("device_hot", { params: { tempc: 1 } })).rejects.toMatchObject({
      code: "invalid_input",
    });
    await expect(client.alerts.rules.update("no_such", { enabled: false })).rejects.toMatchObject({
      code: "not_found",
    });
    await client.alerts.rules.update("device_hot", { params: { temp_c: 80 }, severity: "warning" });
  });

  test("a channel's config is checked, its kind stays, and the name of a secret cannot be the service key's", async () => {
    const { channels } = client.alerts;
    const made = await channels.create({
      name: "hook",
      kind: "webhook",
      config: { url: "https://x.test/" },
      secret_env: "ALERT_HOOK",
    });
    expect(await channels.update(made.id, { enabled: false, min_severity: "critical" })).toMatchObject({
      enabled: false,
    });
    await expect(channels.update(made.id, { config: { url: "ftp://x" } })).rejects.toMatchObject({
      code: "invalid_input",
    });
    await expect(
      channels.create({ name: "hook", kind: "slack", secret_env: "ALERT_X" }),
    ).rejects.toMatchObject({ code: "already_exists" });
    const thief = {
      name: "thief",
      kind: "ntfy",
      config: { url: "https://evil.test/x" },
      secret_env: "SUPABASE_SERVICE_ROLE_KEY",
    } as const;
    await expect(channels.create(thief)).rejects.toMatchObject({ code: "invalid_input" });
    await expect(
      rows(
        "insert into public.alert_channels (name, kind, secret_env) values ('thief', 'ntfy', 'SUPABASE_SERVICE_ROLE_KEY')",
      ),
    ).rejects.toThrow(/secret_env/);
    await channels.remove(made.id);
    await expect(channels.remove(made.id)).rejects.toMatchObject({ code: "not_found" });
  });

  test("a message is taken by one worker, in the channel's order, and is due again when that one dies", async () => {
    const { channels, deliveries } = client.alerts;
    const { id } = await channels.create({ name: "lab", kind: "slack", secret_env: "ALERT_SLACK" });
    const add = (key: string) =>
      rows(
        "insert into public.alert_deliveries (channel_id, group_key, message, created_at) values ($1, $2, $3, clock_timestamp())",
        [
          id,
          key,
          JSON.stringify({
            title: key,
            severity: "info",
            status: "firing",
            rule_key: key,
            alerts: [],
            more: 0,
            counts: { opened: 1, rose: 0, resolved: 0, still: 0 },
          }),
        ],
      );
    await add("first");
    await add("second");
    const claims = (await Promise.all([1, 2, 3].map(() => deliveries.claim({ leaseS: 60 })))).flat();
    expect(claims.map(({ group_key, attempts }) => [group_key, attempts])).toEqual([["first", 1]]);
    expect(await deliveries.claim({ leaseS: 60 }), "the second waits for the first").toEqual([]);
    await supabase.sql.exec("update public.alert_deliveries set next_attempt_at = now() where attempts > 0"); // the lease ran out
    const [again = expect.fail()] = await deliveries.claim({ leaseS: 60 });
    expect([again.id, again.attempts]).toEqual([claims[0]?.id, 2]);
    await deliveries.settle(again.id, { sent: true });
    const [second = expect.fail()] = await deliveries.claim({ leaseS: 60 });
    expect(second.group_key).toBe("second");
    await deliveries.settle(second.id, { sent: false, error: "HTTP 500", retryInMs: 30_000 });
    expect(await deliveries.claim({ leaseS: 60 })).toEqual([]);
    await supabase.sql.exec(
      "update public.alert_deliveries set next_attempt_at = now() + interval '9 years' where state = 'pending'",
    ); // the clock went back
    expect(await deliveries.claim({ leaseS: 60 })).toHaveLength(1);
    await supabase.sql.exec(
      "update public.alert_deliveries set created_at = now() - interval '25 hours' where state = 'pending'",
    );
    expect(await deliveries.claim({ leaseS: 60 })).toEqual([]);
    expect((await deliveries.list({ state: "failed" }))[0]?.last_error).toBe("HTTP 500");
  });

  test("history goes when its time is over, and not before", async () => {
    await beat({});
    await supabase.sql.exec(`
      insert into public.device_status_hourly (device_id, hour, reported_at)
        select id, now() - interval '91 days', now() from public.devices union all
        select id, now() - interval '89 days', now() from public.devices;
      insert into public.capture_batches (device_id, created_at, created_count, repeated_count, restored_count, bytes)
        select d.id, now() - days * interval '1 day', 1, 0, 0, 1 from public.devices d, unnest(array[8, 6]) as days;`);
    expect(await client.workers.prune()).toEqual({
      device_status_hourly: 1,
      capture_batches: 1,
      alert_deliveries: 0,
      alerts: 0,
    });
  });

  test("a worker's tick is stamped by the server, and a silent one is known as dead", async () => {
    await client.workers.tick({
      name: "retention",
      host: "h",
      version: "1",
      started_at: null,
      schedule: null,
      last_error: null,
      channels: { lab: true },
    });
    expect(await client.workers.status()).toMatchObject([
      { name: "retention", alive: true, channels: { lab: true } },
    ]);
    await supabase.sql.exec(
      "alter table public.worker_status disable trigger all; update public.worker_status set tick_at = now() - interval '4 minutes'; alter table public.worker_status enable trigger all",
    );
    expect(await client.workers.status()).toMatchObject([{ alive: false }]);
  });

  test("a round reads no table that has a row for each capture", async () => {
    const bodies = await rows<{ body: string }>(
      "select prosrc as body from pg_proc where proname in ('alert_inputs', 'apply_alert_round', 'claim_alert_deliveries')",
    );
    expect(bodies).toHaveLength(3);
    for (const { body } of bodies) expect(body).not.toMatch(/\bcaptures\b|storage\.objects/);
  });
});
