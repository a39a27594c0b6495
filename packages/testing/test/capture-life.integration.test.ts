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

describe.each(["pglite", "postgres"] as const)("a capture's life on %s", { timeout: 60_000 }, (engine) => {
  let lab: TestLab;
  let pi: TestDevice;
  let other: TestDevice;
  let operator: LabClient;

  beforeAll(async () => {
    lab = await startTestLab(engine);
    [pi, other] = [await lab.addDevice("pi-1"), await lab.addDevice("pi-2")];
    operator = await lab.signIn("operator");
  }, 60_000);
  afterAll(() => lab?.stop());

  type Verb = "pin" | "unpin" | "publish" | "unpublish" | "soft_delete" | "restore";
  const call = async (verb: Verb, ids: string[], client = operator) =>
    (await client.rpc(`${verb}_captures`, { ids }).throwOnError()).data;
  /** What became of one capture, in a word. */
  const word = async (verb: Verb, id: string) => {
    const [answer] = await call(verb, [id]);
    return answer?.reason ?? answer?.outcome;
  };
  const capture = async (fields: Item = {}, device = pi) => {
    const item = await device.place(`${randomUUID()}.jpg`, fields);
    const [logged] = await device.log([item]);
    return { id: logged?.id ?? "", item };
  };
  const rowOf = async (id: string) =>
    (await lab.service.from("captures").select("*").eq("id", id).single().throwOnError()).data;
  const sql = async (text: string, params: unknown[] = []) =>
    (await lab.supabase.sql.transaction((tx) => tx.query(text, params))).rows;
  /** As a purge would have left it. */
  const advance = async (id: string, to: "purging" | "purged") => {
    await sql("update public.captures set deleted_at = now(), purging_at = now() where id = $1", [id]);
    if (to === "purged")
      await sql("update public.captures set purged_at = now(), exif = '{}', metadata = '{}' where id = $1", [
        id,
      ]);
  };

  test("pins, publishes, trashes and back, says so once, and leaves the row as each verb says", async () => {
    const { id } = await capture();
    for (const [verb, column, isSet] of [
      ["pin", "pinned_at", true],
      ["unpin", "pinned_at", false],
      ["publish", "is_public", true],
      ["unpublish", "is_public", false],
      ["soft_delete", "deleted_at", true],
      ["restore", "deleted_at", false],
    ] as const) {
      expect(await word(verb, id), verb).toBe("changed");
      expect(Boolean((await rowOf(id))[column]), verb).toBe(isSet);
      expect(await word(verb, id), verb).toBe("unchanged");
    }
  });

  test("answers once for each distinct id of a batch, and lets no refused one fail the others", async () => {
    const [live, pinned, trashed] = [await capture(), await capture(), await capture({}, other)];
    await call("pin", [pinned.id]);
    await call("soft_delete", [trashed.id]);
    const unknown = randomUUID();
    const ids = [live.id, pinned.id, trashed.id, unknown, live.id];
    const answers = await call("soft_delete", ids);
    expect(Object.fromEntries(answers.map(({ id, outcome, reason }) => [id, reason ?? outcome]))).toEqual({
      [live.id]: "changed",
      [pinned.id]: "pinned",
      [trashed.id]: "unchanged",
      [unknown]: "not_found",
    });
    expect(answers).toHaveLength(4);
    expect((await rowOf(pinned.id)).deleted_at).toBeNull();
  });

  test("keeps the reason of the first removal, and drops it when the capture is restored", async () => {
    const { id } = await capture();
    const trash = (reason: string) =>
      operator.rpc("soft_delete_captures", { ids: [id], delete_reason: reason }).throwOnError();
    await trash("too dark");
    await trash("too bright");
    expect((await rowOf(id)).delete_reason).toBe("too dark");
    await call("restore", [id]);
    expect((await rowOf(id)).delete_reason).toBeNull();
  });

  test("pins what is in the trash, where it stays, and does not publish it", async () => {
    const { id } = await capture();
    await call("soft_delete", [id]);
    expect(await word("pin", id)).toBe("changed");
    expect(await word("publish", id)).toBe("trashed");
    expect(await rowOf(id)).toMatchObject({ deleted_at: expect.any(String), is_public: false });
  });

  test("restores nothing whose object is missing or of another size", async () => {
    const [lost, cut] = [await capture(), await capture()];
    await call("soft_delete", [lost.id, cut.id]);
    await loseObject(lab.supabase, lost.item);
    await sql("update storage.objects set metadata = '{\"size\": 1}' where name = $1", [
      cut.item.object_path,
    ]);
    expect(await word("restore", lost.id)).toBe("object_missing");
    expect(await word("restore", cut.id)).toBe("size_differs");
  });

  test.each(["purging", "purged"] as const)("refuses every change of what is %s", async (state) => {
    const { id } = await capture();
    await advance(id, state);
    for (const verb of ["pin", "unpin", "publish", "unpublish", "soft_delete", "restore"] as const)
      expect(await word(verb, id), verb).toBe(state);
    const fields = { series: "late" };
    const { data } = await operator.rpc("set_capture_fields", { ids: [id], fields }).throwOnError();
    expect(data).toEqual([{ id, outcome: "refused", reason: state }]);
  });

  test("sets only the fields that are named, and merges metadata as RFC 7396 says", async () => {
    const { id } = await capture({
      series: "moss",
      shot_type: "top",
      metadata: { plate: 7, light: { red: 1, blue: 2 }, note: "old" },
    });
    const set = async (fields: object) =>
      (
        await operator.rpc("set_capture_fields", { ids: [id], fields: fields as never }).throwOnError()
      ).data.map(({ outcome, reason }) => reason ?? outcome);
    expect(await set({ metadata: { note: null, light: { red: null, white: 3 }, by: ["a"] } })).toEqual([
      "changed",
    ]);
    expect(await rowOf(id)).toMatchObject({
      series: "moss",
      shot_type: "top",
      metadata: { plate: 7, light: { blue: 2, white: 3 }, by: ["a"] },
    });
    expect((await rowOf(id)).metadata).not.toHaveProperty("note");
    expect(await set({ series: null, shot_type: "side" })).toEqual(["changed"]);
    expect(await set({ series: null, metadata: { plate: 7 } })).toEqual(["unchanged"]);
    expect(await rowOf(id)).toMatchObject({ series: null, shot_type: "side" });
    expect(await set({ metadata: { long: "x".repeat(70_000) } })).toEqual(["metadata_too_large"]);
  });

  test.each([
    {},
    [],
    { colour: "red" },
    { series: "" },
    { series: "s".repeat(201) },
    { shot_type: 5 },
    { metadata: null },
    { metadata: [] },
  ])("refuses fields that are none: %j", async (fields) => {
    const { id } = await capture();
    const { error } = await operator.rpc("set_capture_fields", { ids: [id], fields: fields as never });
    expect(error?.code).toBe("22023");
  });

  test("takes at most 500 ids a call, and no call without a list", async () => {
    const ids = Array.from({ length: 501 }, () => randomUUID());
    expect((await operator.rpc("pin_captures", { ids })).error?.code).toBe("22023");
    expect((await operator.rpc("pin_captures", { ids: null as never })).error?.code).toBe("22023");
    expect(await call("pin", ids.slice(1))).toHaveLength(500);
    expect(await call("pin", [])).toEqual([]);
  });

  test("is for operators, admins and the service key: everyone else changes nothing, a device not even its own", async () => {
    const { id } = await capture();
    const retired = await lab.addDevice(`old-${randomUUID().slice(0, 8)}`);
    await sql("update public.devices set retired_at = now() where id = $1", [retired.id]);
    const before = await rowOf(id);
    for (const client of [
      lab.anon,
      await lab.signIn(null),
      await lab.signIn("viewer"),
      pi.client,
      other.client,
      retired.client,
    ]) {
      for (const verb of ["pin", "unpin", "publish", "unpublish", "soft_delete", "restore"] as const)
        expect((await client.rpc(`${verb}_captures`, { ids: [id] })).error?.code, verb).toBe("42501");
      const { error } = await client.rpc("set_capture_fields", { ids: [id], fields: { series: "mine" } });
      expect(error?.code).toBe("42501");
    }
    expect(await rowOf(id)).toEqual(before);
    for (const client of [lab.service, await lab.signIn("admin")]) {
      expect(await call("pin", [id], client)).toMatchObject([{ outcome: "changed" }]);
      await call("unpin", [id]);
    }
  });

  test("writes one audit row a changed capture, with who it was, and none for the others", async () => {
    const [one, two] = [await capture(), await capture()];
    await call("pin", [two.id]);
    const correlationId = randomUUID();
    await operator
      .rpc("soft_delete_captures", { ids: [one.id, two.id, randomUUID()], delete_reason: "dark" })
      .setHeader("x-correlation-id", correlationId)
      .throwOnError();
    const { data } = await lab.service
      .from("storage_audit_log")
      .select("*")
      .eq("correlation_id", correlationId)
      .throwOnError();
    expect(data).toMatchObject([
      {
        action: "capture.soft_deleted",
        object_id: one.id,
        actor_claimed: false,
        details: { delete_reason: "dark" },
      },
    ]);
    expect(data[0]?.actor).not.toBeNull();
  });

  test.each([
    ["trash what is pinned", { pinned_at: "now" }, { deleted_at: "now" }],
    ["undo a purge", { deleted_at: "now", purging_at: "now" }, { purging_at: null }],
    [
      "call purged what is still stored",
      { deleted_at: "now", purging_at: "now" },
      { purged_at: "now", exif: {}, metadata: {} },
    ],
  ])("lets not even the service key %s", async (_title, state, change) => {
    const { id } = await capture();
    await lab.service.from("captures").update(state).eq("id", id).throwOnError();
    const { error } = await lab.service.from("captures").update(change).eq("id", id);
    expect(error?.code).toBe("23514");
  });

  test("holds counters true and waits for nothing crosswise while arrivals and changes of the same devices race", async () => {
    const series = ["a", "b", "c", "d"];
    const captures = await Promise.all(
      Array.from({ length: 24 }, (_, n) => capture({ series: series[n % 4] ?? null }, n % 2 ? pi : other)),
    );
    const ids = captures.map(({ id }) => id);
    const items = captures.map(({ item }, n) => ({ item, device: n % 2 ? pi : other }));
    const shuffled = (round: number) =>
      [...ids].sort((a, b) => (a.charCodeAt(round) < b.charCodeAt(round) ? -1 : 1));
    for (let round = 0; round < 4; round++) {
      const later = `2026-01-0${round + 1}T00:00:00Z`;
      await Promise.all([
        call("soft_delete", shuffled(round)),
        call("restore", shuffled(round + 4)),
        operator
          .rpc("set_capture_fields", { ids: shuffled(round + 9), fields: { series: series[round] ?? null } })
          .throwOnError(),
        ...[pi, other].map((device) =>
          device.log(
            items.filter((of) => of.device === device).map(({ item }) => ({ ...item, captured_at: later })),
          ),
        ),
      ]);
    }
    const [drift] = await sql(`
      select (select count(*) from public.captures where deleted_at is null) - (select sum(live_files) from public.capture_stats_daily) as live,
        (select count(*) from public.captures where deleted_at is not null and purging_at is null)
          - (select sum(trashed_files) from public.capture_stats_daily) as trashed`);
    expect(drift).toEqual({ live: 0, trashed: 0 });
  });
});
