import { fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { alertJob } from "../src/alerts/alert-job.ts";
import { runAck, runChannels, runList, runSilence, runTest } from "../src/alerts/alerts-command.ts";
import { DELIVERY_TIMING, deliverAlerts } from "../src/alerts/deliver-alerts.ts";
import { evaluateAlertsOnce } from "../src/alerts/evaluate-once.ts";
import { testChannel } from "../src/alerts/test-channel.ts";
import type { CommandContext } from "../src/commands/command-context.ts";
import { runDoctor } from "../src/monitor/doctor-command.ts";
import type { Monitor } from "../src/monitor/read-monitor.ts";
import { runStatus } from "../src/monitor/status-command.ts";
import { type RetentionLab, startRetentionLab } from "./lab.ts";
import { startHttpReceiver } from "./receivers.ts";

const never = new AbortController().signal;
const SECRETS = { ALERT_HOOK: `whsec_${Buffer.alloc(32, 1).toString("base64")}` };
const QUICK = {
  ...DELIVERY_TIMING,
  quick: { ...DELIVERY_TIMING.quick, baseDelayMs: 1, maxDelayMs: 2 },
};

describe.each(["pglite", "postgres"] as const)("telling alerts on %s", { timeout: 120_000 }, (engine) => {
  let lab: RetentionLab;
  let hook: Awaited<ReturnType<typeof startHttpReceiver>>;
  beforeEach(async () => {
    [lab, hook] = await Promise.all([startRetentionLab(engine), startHttpReceiver()]);
  }, 120_000);
  afterEach(async () => {
    await Promise.all([lab?.stop(), hook?.stop()]);
  });

  const addHook = (name = "hook", secret_env = "ALERT_HOOK") =>
    lab.admin.alerts.channels.create({
      name,
      kind: "webhook",
      config: { url: `${hook.url}/${name}` },
      secret_env,
    });
  const beHot = (cpu_temp_c = 90) =>
    lab.admin.device.reportStatus({ cpu_temp_c }, { forDeviceId: lab.deviceId });
  const ids = () => hook.received.map(({ headers }) => headers["webhook-id"]);
  const titles = () =>
    hook.received.map(({ body }) => (JSON.parse(body) as { data: { title: string } }).data.title);
  /** All that the database remembers, so much older. */
  const pass = (seconds: number) =>
    lab.rows(`with s as (select interval '${seconds} seconds' as by),
      a as (update pilab.alert_rounds set at = at - by, watching_since = watching_since - by from s),
      b as (update pilab.alert_groups set told_at = told_at - by from s),
      c as (update public.alerts set opened_at = opened_at - by, last_seen_at = last_seen_at - by, resolved_at = resolved_at - by from s),
      d as (update public.alert_deliveries set next_attempt_at = next_attempt_at - by, created_at = created_at - by from s)
      update public.device_status set reported_at = reported_at - by from s`);

  test("a worker killed between the change and the message, or while it sends, loses neither: the next sends it under one id", async () => {
    await addHook();
    await beHot();
    const env = { ...process.env, ...lab.env, ...SECRETS };
    const child = (...args: string[]) => fork(new URL("./alert-child.ts", import.meta.url), args, { env });

    // Killed while the service has the message and has not answered: nobody knows whether it came.
    hook.answerWith("hang");
    const first = child("evaluate");
    await expect.poll(() => hook.received.length, { timeout: 30_000 }).toBe(1);
    first.kill("SIGKILL");
    await once(first, "exit");

    const second = child();
    await once(second, "exit");
    expect(ids(), "it is still the dead one's").toHaveLength(1);
    await pass(DELIVERY_TIMING.leaseS + 1);
    const third = child();
    await once(third, "exit");
    expect(ids()).toHaveLength(2);
    expect(new Set(ids()).size).toBe(1);
    expect(await lab.admin.alerts.deliveries.list()).toMatchObject([{ state: "sent", attempts: 2 }]);
    expect((await lab.admin.alerts.list({ state: "unresolved" })).alerts).toHaveLength(1);
  });

  test("a service that fails is tried again, at once and later, and its fault stands with the message", async () => {
    await addHook();
    await beHot();
    const worker = lab.worker(SECRETS);
    await worker.client.alerts.evaluate({ single: true });
    hook.answerWith({ status: 500 }, { status: 503 }, { status: 502 });
    expect(await deliverAlerts(worker, { signal: never, timing: QUICK })).toEqual({ sent: 0, failed: 1 });
    const [failed = expect.fail()] = await lab.admin.alerts.deliveries.list();
    expect(failed).toMatchObject({
      state: "pending",
      attempts: 1,
      last_error: `${new URL(hook.url).host} answered 502`,
    });
    const waitMs = Date.parse(failed.next_attempt_at) - Date.now();
    expect(waitMs).toBeGreaterThan(15_000);
    expect(waitMs).toBeLessThan(40_000);
    expect(await deliverAlerts(worker, { signal: never, timing: QUICK }), "not due").toEqual({
      sent: 0,
      failed: 0,
    });
    await pass(60);
    expect(await deliverAlerts(worker, { signal: never, timing: QUICK })).toEqual({ sent: 1, failed: 0 });
    expect(new Set(ids()).size).toBe(1);
    expect(await lab.admin.alerts.deliveries.list()).toMatchObject([
      { state: "sent", attempts: 2, last_error: null },
    ]);
  });

  test("a 429 is obeyed, though not for hours; a 404 is the end, and the channel's own alert goes to the others", async () => {
    const other = await startHttpReceiver();
    try {
      await addHook();
      await beHot();
      const worker = lab.worker(SECRETS);
      await worker.client.alerts.evaluate({ single: true });
      hook.answerWith(
        ...Array.from({ length: 3 }, () => ({ status: 429, headers: { "retry-after": "86400" } })),
      );
      await deliverAlerts(worker, {
        signal: never,
        timing: { ...QUICK, quick: { ...QUICK.quick, budgetMs: 200 } },
      });
      const [slow = expect.fail()] = await lab.admin.alerts.deliveries.list();
      expect(Math.round((Date.parse(slow.next_attempt_at) - Date.now()) / 60_000)).toBe(50);

      await pass(51 * 60);
      hook.answers.length = 0;
      hook.answerWith({ status: 404 });
      await deliverAlerts(worker, { signal: never, timing: QUICK });
      expect(await lab.admin.alerts.deliveries.list()).toMatchObject([{ state: "failed", attempts: 2 }]);
      await lab.admin.alerts.channels.create({
        name: "other",
        kind: "webhook",
        config: { url: other.url },
        secret_env: "ALERT_HOOK",
      });
      await beHot();
      await worker.client.alerts.evaluate({ single: true });
      await deliverAlerts(worker, { signal: never, timing: QUICK });
      expect(
        other.received
          .map(({ body }) => (JSON.parse(body) as { data: { title: string } }).data.title)
          .toSorted(),
      ).toEqual(
        [
          "pi-1 is at 90.0 °C",
          `The channel hook does not work: ${new URL(hook.url).host} answered 404`,
        ].toSorted(),
      );
    } finally {
      await other.stop();
    }
  });

  test("a secret that the worker does not have is named, and told when it is there", async () => {
    await addHook("hook", "ALERT_MISSING");
    await beHot();
    await lab.admin.alerts.evaluate({ single: true });
    await deliverAlerts(lab.worker(), { signal: never, timing: QUICK });
    expect(await lab.admin.alerts.deliveries.list()).toMatchObject([
      { state: "pending", last_error: "ALERT_MISSING is not set in the worker's environment" },
    ]);
    await pass(60);
    await deliverAlerts(lab.worker({ ALERT_MISSING: SECRETS.ALERT_HOOK }), { signal: never, timing: QUICK });
    expect(hook.received).toHaveLength(1);
  });

  test("a round of serve evaluates, delivers and ticks, and does what it can when a part of it fails", async () => {
    await addHook();
    await addHook("without", "ALERT_MISSING");
    await beHot();
    const job = alertJob(lab.worker(SECRETS), { schedule: "0 2 * * *" });
    await job.run(never);
    expect(await lab.admin.workers.status()).toMatchObject([
      {
        name: "retention",
        alive: true,
        schedule: "0 2 * * *",
        last_error: null,
        channels: { hook: true, without: false },
      },
    ]);
    lab.proxy.inject({ path: /alert_inputs/, fault: { kind: "answer", status: 500 } });
    await expect(job.run(never)).rejects.toMatchObject({ code: "server_error" });
    expect((await lab.admin.workers.status())[0]?.last_error).toMatch(/reading what alerts are judged by/);
  });

  test("run looks once: it opens and tells without waiting, and leaves it to a worker that serves", async () => {
    await addHook();
    await beHot();
    const worker = lab.worker(SECRETS);
    expect(await evaluateAlertsOnce(worker, never)).toMatch(
      /^Alerts were looked at once: 1 opened, 0 resolved, 1 messages sent\. Nobody watches between runs/,
    );
    expect(titles()).toEqual(["pi-1 is at 90.0 °C"]);
    await alertJob(worker, { schedule: null }).run(never);
    expect(await evaluateAlertsOnce(worker, never)).toBe("Alerts are watched by the worker that serves.");
  });

  test("a test message goes at once, also over a channel that is off, and what came of it is written down", async () => {
    const { id } = await addHook();
    await lab.admin.alerts.channels.update(id, { enabled: false });
    const worker = lab.worker(SECRETS);
    expect(await testChannel(worker, "hook", never)).toMatchObject({ channel: "hook" });
    expect(JSON.parse(hook.received[0]?.body ?? "")).toMatchObject({ type: "alerts.test" });
    hook.answerWith({ status: 500 });
    await expect(testChannel(worker, id, never)).rejects.toMatchObject({ code: "server_error" });
    expect(await lab.admin.alerts.deliveries.list()).toMatchObject([
      { kind: "test", state: "failed" },
      { kind: "test", state: "sent" },
    ]);
    await expect(testChannel(worker, "nobody", never)).rejects.toMatchObject({
      code: "not_found",
      hint: "There are: hook.",
    });
  });

  test("status, doctor and alerts tell what is, and that nobody is told without a channel", async () => {
    const tell = async (
      source: Record<string, string>,
      work: (context: CommandContext) => Promise<number>,
    ) => {
      const told: string[] = [];
      const output = { out: (text: string) => void told.push(text), err: () => {} };
      const code = await work({ source: { ...lab.env, ...source }, output, signal: never });
      return { code, text: told.join("") };
    };
    await lab.fill({ count: 3, series: "moss" });
    await lab.rows("update public.bucket_settings set quota_bytes = 10000");
    await lab.rows(
      "update public.devices set expected_interval_s = 60, created_at = now() - interval '3 days'",
    );
    const journal = { journalId: randomUUID(), seq: 1, device: "pi-1" };
    await lab.admin.captures.reportUploads({
      ...journal,
      totals: { ok: 3, failed: 1, duplicate: 0, bytes: 3000 },
    });
    await lab.admin.device.reportStatus(
      { queue_files: 4, queue_bytes: 4000, disk_free_bytes: 9000, uplink_bytes_per_s: 100, cpu_temp_c: 90 },
      { forDeviceId: lab.deviceId },
    );
    await lab.admin.alerts.evaluate({ single: true });
    const before = await tell({}, (context) => runStatus(context, {}));
    expect(before.text).toContain("No worker is alive");
    expect(before.text).toContain("nobody will be told of alerts");
    expect(before.text).toContain("30.0 % of 10 kB");
    expect(before.text).toContain("24 h 75 %");
    expect(before.text).toMatch(/pi-1 +ok .* 4, 4 kB +40 s/);
    expect((await tell({}, (context) => runDoctor(context, {}))).text).toMatch(/warn +channels +none is on/);

    await addHook();
    await alertJob(lab.worker(SECRETS), { schedule: "0 2 * * *" }).run(never);
    const healthy = await tell(SECRETS, (context) => runDoctor(context, { json: true }));
    const findings = JSON.parse(healthy.text) as { check: string; state: string }[];
    expect(findings.filter(({ state }) => state !== "ok")).toMatchObject([
      { check: "heartbeat URL", state: "warn" },
    ]);
    expect(healthy.code).toBe(0);
    const without = await tell({}, (context) => runDoctor(context, {}));
    expect([without.code, without.text]).toEqual([
      1,
      expect.stringMatching(/fail +channel hook +ALERT_HOOK is not set/),
    ]);

    const list = await tell({}, (context) => runList(context, {}));
    const [id = expect.fail()] =
      /^ {2}(\S{8}) {2}critical {2}open .*90\.0 °C$/m.exec(list.text)?.slice(1) ?? [];
    expect((await tell({}, (context) => runAck(context, [id], {}))).text).toBe("1 of 1 acknowledged.\n");
    expect((await tell({}, (context) => runSilence(context, [], { all: true, for: 60_000 }))).text).toMatch(
      /silenced until/,
    );
    await expect(tell({}, (context) => runSilence(context, [id], {}))).rejects.toMatchObject({
      code: "invalid_input",
    });
    await expect(tell({}, (context) => runAck(context, ["ffffffff"], {}))).rejects.toMatchObject({
      code: "not_found",
    });
    expect((await tell(SECRETS, (context) => runTest(context, "hook"))).text).toMatch(/was sent over hook/);
    expect((await tell(SECRETS, (context) => runChannels(context, {}))).text).toMatch(
      /hook +webhook +on +from warning +last message sent/,
    );
    const monitor = JSON.parse(
      (await tell({}, (context) => runStatus(context, { json: true }))).text,
    ) as Monitor;
    expect(monitor).toMatchObject({
      channels: ["hook"],
      alerts: expect.arrayContaining([expect.objectContaining({ state: "acknowledged" })]),
      devices: [
        {
          slug: "pi-1",
          cadence: { expected: 1440 },
          backlog: { files: 4, bytes: 4000, sent_in_s: 40, full_in_s: null },
        },
      ],
    });
  });

  test("the storm: 200 devices go silent and come back, in two messages to a channel, each round in less than its time", async () => {
    await addHook();
    await lab.rows(
      "insert into public.devices (slug, name, expected_interval_s) select 'storm-' || n, 'Storm ' || n, 60 from generate_series(1, 200) as n",
    );
    const beat = () =>
      lab.rows(`insert into public.device_status (device_id, reported_at, cpu_temp_c, disk_free_bytes, disk_total_bytes, queue_files, queue_bytes)
        select id, now(), 50, 50, 100, 0, 0 from public.devices where slug like 'storm-%'
        on conflict (device_id) do update set reported_at = now()`);
    const arrive = () =>
      lab.rows(`insert into public.capture_batches (device_id, created_count, repeated_count, restored_count, bytes)
        select id, 1, 0, 0, 1 from public.devices where slug like 'storm-%'`);
    const worker = lab.worker(SECRETS);
    const job = alertJob(worker, { schedule: null });
    const roundsMs: number[] = [];
    const minutes = async (count: number, alive: boolean) => {
      for (let half = 0; half < 2 * count; half += 1) {
        if (alive) {
          await beat();
          await arrive();
        }
        const start = performance.now();
        await job.run(never);
        roundsMs.push(performance.now() - start);
        await pass(30);
        await lab.rows("update public.capture_batches set created_at = created_at - interval '30 seconds'");
      }
    };
    await minutes(1, true);
    await lab.rows("update pilab.alert_rounds set watching_since = watching_since - interval '10 minutes'");
    await minutes(12, false);
    await minutes(9, true);
    const sent = hook.received.map(
      ({ body }) => (JSON.parse(body) as { data: { title: string; counts: object } }).data,
    );
    expect(sent.map(({ title }) => title)).toEqual(["Device silent: 200 new", "Device silent: 200 resolved"]);
    expect((await lab.admin.alerts.list({ state: "unresolved" })).alerts).toEqual([]);
    const medianMs = roundsMs.toSorted((a, b) => a - b)[Math.floor(roundsMs.length / 2)] ?? 0;
    expect(medianMs).toBeLessThan(5000);
  });
});
