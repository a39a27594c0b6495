import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loseObject, startTestLab, type TestDevice, type TestLab } from "../src/test-lab.ts";

describe.each(["pglite", "postgres"] as const)("storage_audit_log on %s", { timeout: 30_000 }, (engine) => {
  let lab: TestLab;
  let pi: TestDevice;

  beforeAll(async () => {
    lab = await startTestLab(engine);
    pi = await lab.addDevice("pi-1");
  }, 60_000);
  afterAll(() => lab?.stop());

  const entries = async (correlationId: string) =>
    (
      await lab.service
        .from("storage_audit_log")
        .select("*")
        .eq("correlation_id", correlationId)
        .order("id")
        .throwOnError()
    ).data;
  const capture = async (fields = {}): Promise<string> => {
    const [logged] = await pi.log([await pi.place(`${randomUUID()}.jpg`, fields)]);
    return logged?.id ?? "";
  };

  test("lets nobody write, change or empty it, the service key included", async () => {
    const forged = { action: "device.created", object_type: "device", actor_claimed: false };
    for (const client of [lab.service, await lab.signIn("admin"), pi.client, lab.anon]) {
      const log = client.from("storage_audit_log");
      const refused = [
        await log.insert(forged),
        await log.update(forged).gte("id", 0),
        await log.delete().gte("id", 0),
      ];
      expect(refused.map(({ error }) => error?.code)).toEqual(["42501", "42501", "42501"]);
    }
  });

  test.each([
    "update public.storage_audit_log set action = 'a.b'",
    "delete from public.storage_audit_log",
    "truncate public.storage_audit_log",
  ])("refuses even its owner: %s", async (statement) => {
    await expect(lab.supabase.sql.exec(statement)).rejects.toThrow("append-only");
  });

  test("tells of each changed capture in the transaction of its change, with what changed and who says so", async () => {
    const item = await pi.place(`${randomUUID()}.jpg`, {
      exif: { gps: { lat: 52.1 } },
      metadata: { note: "private" },
    });
    const [{ id } = { id: "" }] = await pi.log([item]);
    const correlationId = randomUUID();
    const update = (change: object) =>
      lab.service
        .from("captures")
        .update(change)
        .eq("id", id)
        .setHeader("x-correlation-id", correlationId)
        .setHeader("x-pilab-actor", "retention@lab")
        .throwOnError();
    const now = new Date().toISOString();
    for (const change of [
      { is_public: true },
      { pinned_at: now },
      { pinned_at: null, series: "s" },
      { deleted_at: now, delete_reason: "dark" },
      { deleted_at: null, delete_reason: null },
      { deleted_at: now },
      { purging_at: now },
      { purged_at: now, exif: {}, metadata: {} },
      { repeat_count: 0 },
    ]) {
      if ("purged_at" in change) await loseObject(lab.supabase, item);
      await update(change);
    }
    const rows = await entries(correlationId);
    expect(rows.map(({ action }) => action.replace("capture.", ""))).toEqual([
      "published",
      "pinned",
      "unpinned",
      "soft_deleted",
      "restored",
      "soft_deleted",
      "purging",
      "purged",
    ]);
    expect(rows[3]).toMatchObject({
      object_type: "capture",
      object_id: id,
      device_id: pi.id,
      actor: "retention@lab",
      actor_claimed: true,
      details: { delete_reason: "dark" },
    });
    expect(rows[7]?.details).toMatchObject({ exif: "changed", metadata: "changed" });
    expect(JSON.stringify(rows)).not.toMatch(/52\.1|private/);
  });

  test("keeps nothing of a change that failed", async () => {
    const id = await capture();
    const correlationId = randomUUID();
    const { error } = await lab.service
      .from("captures")
      .update({ deleted_at: new Date().toISOString(), width: -1 })
      .eq("id", id)
      .setHeader("x-correlation-id", correlationId);
    expect(error?.code).toBe("23514");
    expect(await entries(correlationId)).toEqual([]);
  });

  test("tells of devices and bucket settings, and of captures that the service key inserted itself", async () => {
    const correlationId = randomUUID();
    const admin = await lab.signIn("admin");
    const asJob = <T extends { setHeader(name: string, value: string): T }>(call: T) =>
      call.setHeader("x-correlation-id", correlationId);
    await asJob(admin.from("devices").insert({ slug: "pi-audited", name: "Pi" })).throwOnError();
    await asJob(admin.from("devices").update({ name: "Window" }).eq("slug", "pi-audited")).throwOnError();
    await asJob(
      admin.from("bucket_settings").update({ quota_bytes: 5e9 }).eq("bucket_id", "pilab-dev"),
    ).throwOnError();
    const item = await pi.place("inserted.jpg");
    await asJob(lab.service.from("captures").insert({ ...item, device_id: pi.id } as never)).throwOnError();

    const rows = await entries(correlationId);
    expect(rows.map(({ action }) => action)).toEqual([
      "device.created",
      "device.changed",
      "bucket_settings.changed",
      "captures.inserted",
    ]);
    expect(rows[1]?.details).toEqual({ from: { name: "Pi" }, to: { name: "Window" } });
    expect(rows[2]).toMatchObject({
      object_id: "pilab-dev",
      details: { to: { quota_bytes: 5_000_000_000 } },
    });
  });

  test("drops a correlation id that is no UUID, and a claimed actor's excess length", async () => {
    const id = await capture();
    await lab.service
      .from("captures")
      .update({ is_public: true })
      .eq("id", id)
      .setHeader("x-correlation-id", "1'; drop table captures")
      .setHeader("x-pilab-actor", "x".repeat(500))
      .throwOnError();
    const { data } = await lab.service.from("storage_audit_log").select("*").eq("object_id", id).single();
    expect(data?.correlation_id).toBeNull();
    expect(data?.actor).toHaveLength(200);
  });
});
