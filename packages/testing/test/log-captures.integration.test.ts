import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type Item,
  itemAt,
  loseObject,
  sha256,
  startTestLab,
  type TestDevice,
  type TestLab,
} from "../src/test-lab.ts";

describe.each(["pglite", "postgres"] as const)("log_captures on %s", { timeout: 30_000 }, (engine) => {
  let lab: TestLab;
  let pi: TestDevice;
  let other: TestDevice;

  beforeAll(async () => {
    lab = await startTestLab(engine);
    pi = await lab.addDevice("pi-1");
    other = await lab.addDevice("pi-2");
  }, 60_000);
  afterAll(() => lab?.stop());

  const rowOf = async (id: string) =>
    (await lab.service.from("captures").select("*").eq("id", id).single().throwOnError()).data;
  const auditOf = async (correlationId: string) =>
    (
      await lab.service
        .from("storage_audit_log")
        .select("*")
        .eq("correlation_id", correlationId)
        .throwOnError()
    ).data;
  const outcomes = async (items: Item[], device = pi) =>
    (await device.log(items)).map(({ outcome }) => outcome);

  test("a device stores no object under a name that a client would fold into another folder", async () => {
    const upload = async (name: string) => {
      // By hand: a URL with the dots in it would be folded before it is sent.
      const answer = await fetch(
        `${lab.supabase.url}/storage/v1/object/pilab-dev/${encodeURIComponent(name)}`,
        {
          method: "POST",
          headers: { authorization: `Bearer ${pi.token}`, "content-type": "image/jpeg" },
          body: "x",
        },
      );
      return ((await answer.json()) as { code?: string }).code ?? "stored";
    };
    for (const name of ["pi-1/../pi-2/x.jpg", "pi-1/./x.jpg", "pi-1/a/..", "pi-1/."])
      expect([name, await upload(name)]).toEqual([name, "AccessDenied"]);
    for (const name of ["pi-1/a..b.jpg", "pi-1/.hidden.jpg", "pi-1/a./b.jpg"])
      expect([name, await upload(name)]).toEqual([name, "stored"]);
  });

  test("writes the row, one batch and one audit row that carries the correlation id, and sets created_at itself", async () => {
    const correlationId = randomUUID();
    const items = [
      await pi.place("first/a.jpg", {
        created_at: "2001-01-01T00:00:00Z",
        id: randomUUID(),
        is_public: true,
      }),
    ];
    items.push(await pi.place("first/b.jpg", { captured_at: "2025-06-15T12:00:05Z", series: "dish 7" }));
    const logged = await pi.log(items, { "x-correlation-id": correlationId });

    expect(logged.map(({ outcome, reason }) => [outcome, reason])).toEqual([
      ["created", null],
      ["created", null],
    ]);
    const row = await rowOf(logged[0]?.id ?? "");
    expect(row).toMatchObject({
      device_id: pi.id,
      object_path: "pi-1/first/a.jpg",
      is_public: false,
      repeat_count: 0,
    });
    expect(row.id).not.toBe(items[0]?.id);
    expect(Date.now() - Date.parse(row.created_at)).toBeLessThan(60_000);

    const audit = await auditOf(correlationId);
    expect(audit).toMatchObject([
      {
        action: "captures.logged",
        actor: pi.userId,
        actor_claimed: false,
        device_id: pi.id,
        details: { created: expect.arrayContaining(logged.map(({ id }) => id)) },
      },
    ]);
    const batch = await lab.service
      .from("capture_batches")
      .select("*")
      .eq("id", Number(audit[0]?.object_id))
      .single();
    expect(batch.data).toMatchObject({
      device_id: pi.id,
      created_count: 2,
      repeated_count: 0,
      bytes: 2000,
      newest_captured_at: "2025-06-15T12:00:05+00:00",
      newest_capture_id: logged[1]?.id,
    });
  });

  test("leaves nothing behind for a call that changed nothing", async () => {
    const item = await pi.place("still/a.jpg");
    await pi.log([item]);
    const correlationId = randomUUID();
    const again = await pi.log([item, itemAt("pi-1/still/none.jpg")], { "x-correlation-id": correlationId });
    expect(again.map(({ outcome }) => outcome)).toEqual(["duplicate", "refused"]);
    expect(await auditOf(correlationId)).toEqual([]);
  });

  test("counts the same bytes with a later captured_at as a repeat, and a rescan as nothing", async () => {
    const first = await pi.place("stuck/a.jpg");
    const at = (second: number): Item => ({
      ...first,
      captured_at: `2025-06-15T12:00:${String(second).padStart(2, "0")}Z`,
    });
    expect(await outcomes([at(10), at(5), at(20), at(20)])).toEqual([
      "repeated",
      "created",
      "repeated",
      "duplicate",
    ]);
    expect(await outcomes([at(5), at(10), at(20)])).toEqual(["duplicate", "duplicate", "duplicate"]);
    const [logged] = await pi.log([at(30)]);
    expect(logged).toMatchObject({ outcome: "repeated", object_path: first.object_path });
    expect(await rowOf(logged?.id ?? "")).toMatchObject({
      captured_at: "2025-06-15T12:00:05+00:00",
      repeat_count: 3,
      last_repeated_at: "2025-06-15T12:00:30+00:00",
    });
  });

  test("keeps identical bytes from two devices as two captures", async () => {
    const bytes = { sha256: sha256("the same") };
    const [mine, theirs] = [await pi.place("same.jpg", bytes), await other.place("same.jpg", bytes)];
    expect(await outcomes([mine])).toEqual(["created"]);
    expect(await outcomes([theirs], other)).toEqual(["created"]);
  });

  test("refuses each bad item with its reason and logs the good ones beside it", async () => {
    const good = await pi.place("beside/good.jpg");
    await other.place("beside/theirs.jpg");
    const cases: [unknown, string | RegExp][] = [
      [itemAt("pi-1/beside/none.jpg"), "object_missing"],
      [await pi.place("beside/short.jpg").then((item) => ({ ...item, size_bytes: 999 })), "size_differs"],
      [itemAt("pi-2/beside/theirs.jpg"), "foreign_folder"],
      [itemAt("pi-2/beside/none.jpg"), "foreign_folder"],
      [itemAt("pi-1/x.jpg", { bucket_id: "pilab-dev-thumbs" }), "unknown_bucket"],
      [itemAt("pi-1/x.jpg", { bucket_id: "elsewhere" }), "unknown_bucket"],
      [{ ...good, sha256: sha256("other bytes"), captured_at: "2026-01-01T00:00:00Z" }, "path_taken"],
      [{ ...good, captured_at: "yesterday-ish" }, /^invalid: .*timestamp/],
      [{ ...good, size_bytes: "many" }, /^invalid: .*bigint/],
      [{ ...good, file_name: undefined }, /^invalid: .*needed/],
      [5, "invalid: not an object"],
      [null, "invalid: not an object"],
    ];
    await pi.log([good]);
    const fresh = await pi.place("beside/fresh.jpg");
    const logged = await pi.log([fresh, ...cases.map(([item]) => item as Item)]);
    expect(logged[0]?.outcome).toBe("created");
    for (const [index, [, reason]] of cases.entries()) {
      const answer = logged[index + 1];
      expect(answer).toMatchObject({ position: index + 1, outcome: "refused", id: null, object_path: null });
      expect(answer?.reason).toEqual(typeof reason === "string" ? reason : expect.stringMatching(reason));
    }
  });

  test("refuses an item for every constraint that captures has", async () => {
    const long = "x".repeat(70_000);
    const faults: Record<string, Item> = {
      captures_object_path_check: { object_path: `pi-1/${"x".repeat(900)}` },
      captures_file_name_check: { file_name: "" },
      captures_sha256_check: { sha256: "ABC" },
      captures_size_bytes_check: { size_bytes: 0 },
      captures_content_type_check: { content_type: "JPEG" },
      captures_series_check: { series: "" },
      captures_shot_type_check: { shot_type: "x".repeat(201) },
      captures_captured_at_check: { captured_at: "infinity" },
      captures_captured_at_source_check: { captured_at_source: "guess" },
      captures_pixels_check: { width: 0 },
      captures_measures_check: { brightness: "NaN" },
      captures_measures_source_check: { measures_source: "x".repeat(101) },
      captures_exif_check: { exif: [] },
      captures_metadata_check: { metadata: { long: Array.from(long, (_, index) => index) } },
      captures_thumbnail_check: { thumbnail_path: "pi-1/elsewhere.webp" },
    };
    // What no item can break: the server sets these columns.
    const ofTheServer = ["captures_repeat_count_check", "captures_life_check"];
    const { rows } = await lab.supabase.sql.transaction((tx) =>
      tx.query<{ conname: string }>(
        "select conname from pg_constraint where conrelid = 'public.captures'::regclass and contype = 'c'",
      ),
    );
    expect(rows.map(({ conname }) => conname).sort()).toEqual(
      [...Object.keys(faults), ...ofTheServer].sort(),
    );
    const item = await pi.place("constraint.jpg");
    const logged = await pi.log(Object.values(faults).map((fault) => ({ ...item, ...fault })));
    for (const [index, name] of Object.keys(faults).entries()) {
      expect(logged[index], name).toMatchObject({
        outcome: "refused",
        reason: expect.stringMatching(/^invalid: /),
      });
    }
    expect(await outcomes([item])).toEqual(["created"]);
  });

  test("never fails a call for what an item holds", async () => {
    const good = await pi.place("fuzz/good.jpg");
    await pi.log([good]);
    const columns = Object.keys(await rowOf((await pi.log([good]))[0]?.id ?? ""));
    // jsonb cannot hold U+0000 or half a surrogate pair: that is refused before any function runs.
    const value = fc
      .jsonValue({ maxDepth: 2, noUnicodeString: false })
      .filter((it) => !/\\u0000|\\ud[89a-f]/i.test(JSON.stringify(it)));
    const item = fc.dictionary(fc.constantFrom(...columns), value).map((fields) => ({ ...good, ...fields }));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(item, value), { maxLength: 30 }), async (items) => {
        const logged = await pi.log(items as Item[]);
        expect(logged.map(({ position }) => position)).toEqual(items.map((_, index) => index));
        expect(
          logged.filter(({ outcome }) => !["duplicate", "repeated", "refused"].includes(outcome)),
        ).toEqual([]);
      }),
      { numRuns: 25 },
    );
  });

  test("takes 500 in one call, and refuses 501", async () => {
    const items = await Promise.all(Array.from({ length: 500 }, (_, index) => pi.place(`many/${index}.jpg`)));
    expect(new Set(await outcomes(items))).toEqual(new Set(["created"]));
    await expect(pi.log([...items, itemAt("pi-1/one-more.jpg")])).rejects.toMatchObject({ code: "22023" });
    await expect(pi.log({} as never)).rejects.toMatchObject({ code: "22023" });
  });

  test("says that an object which had been lost is back, once, on its own path or a new one", async () => {
    const item = await pi.place("lost/a.jpg");
    const [created] = await pi.log([item]);
    await loseObject(lab.supabase, item);
    expect(await pi.log([item])).toMatchObject([{ outcome: "refused", reason: "object_missing" }]);

    await pi.place("lost/a.jpg");
    expect(await pi.log([item, item])).toMatchObject([
      { outcome: "restored", id: created?.id },
      { outcome: "duplicate" },
    ]);
    expect(await outcomes([item])).toEqual(["duplicate"]);

    await loseObject(lab.supabase, item);
    const moved = await pi.place("lost/b.jpg", { sha256: item.sha256 });
    expect(await pi.log([moved])).toMatchObject([
      { outcome: "restored", id: created?.id, object_path: "pi-1/lost/b.jpg" },
    ]);
    expect(await rowOf(created?.id ?? "")).toMatchObject({ object_path: "pi-1/lost/b.jpg", purged_at: null });
  });

  test("finds the thumbnail that lies beside the object, and counts its bytes", async () => {
    const item = await pi.place("thumb/a.jpg", { thumbnail_path: "pi-1/thumb/a.jpg.webp" });
    await pi.place("thumb/a.jpg.webp", { bucket_id: "pilab-dev-thumbs", size_bytes: 77 });
    const without = await pi.place("thumb/b.jpg", { thumbnail_path: "pi-1/thumb/b.jpg.webp" });
    const [withIt, missing] = await pi.log([item, without]);
    expect(await rowOf(withIt?.id ?? "")).toMatchObject({
      thumbnail_path: "pi-1/thumb/a.jpg.webp",
      thumbnail_bytes: 77,
    });
    expect(await rowOf(missing?.id ?? "")).toMatchObject({ thumbnail_path: null, thumbnail_bytes: null });
  });

  test("gives a path that two new captures claim to the lower hash", async () => {
    const item = await pi.place("clash.jpg");
    const [low, high] = [sha256("x"), sha256("y")].sort();
    const logged = await pi.log([
      { ...item, sha256: high },
      { ...item, sha256: low },
    ]);
    expect(logged.map(({ outcome, reason }) => [outcome, reason])).toEqual([
      ["refused", "path_taken"],
      ["created", null],
    ]);
  });

  test("says trashed and purged of what policy removed, and changes nothing", async () => {
    const [trash, purge] = [await pi.place("gone/a.jpg"), await pi.place("gone/b.jpg")];
    const ids = (await pi.log([trash, purge])).map(({ id }) => id);
    const now = new Date().toISOString();
    const update = (id: string | undefined, change: object) =>
      lab.service
        .from("captures")
        .update(change)
        .eq("id", id ?? "")
        .throwOnError();
    await update(ids[0], { deleted_at: now, delete_reason: "dark" });
    await update(ids[1], { deleted_at: now, purging_at: now });
    const later = { captured_at: "2026-01-01T00:00:00Z" };
    expect(
      await outcomes([
        { ...trash, ...later },
        { ...purge, ...later },
      ]),
    ).toEqual(["trashed", "purged"]);
    await loseObject(lab.supabase, purge);
    await update(ids[1], { purged_at: now, exif: {}, metadata: {} });
    expect(await outcomes([{ ...purge, ...later }])).toEqual(["purged"]);
    expect(await rowOf(ids[0] ?? "")).toMatchObject({ repeat_count: 0, delete_reason: "dark" });

    const { data } = await pi.client.rpc("known_captures", {
      bucket_id: "pilab-dev",
      hashes: [trash.sha256, purge.sha256] as string[],
    });
    expect(Object.fromEntries(data?.map(({ sha256: hash, state }) => [hash, state]) ?? [])).toEqual({
      [String(trash.sha256)]: "trashed",
      [String(purge.sha256)]: "purged",
    });
  });

  test("logs overlapping hashes of concurrent calls once each, without a deadlock", async () => {
    const items = await Promise.all(Array.from({ length: 60 }, (_, index) => pi.place(`race/${index}.jpg`)));
    const theirs = await Promise.all(
      items.map((item) => other.place(`race/${item.file_name}`, { sha256: item.sha256 })),
    );
    const shuffled = (list: Item[], from: number) => [...list.slice(from), ...list.slice(0, from)].reverse();
    const calls = [0, 20, 40, 59].flatMap((from) => [
      pi.log(shuffled(items, from)),
      other.log(shuffled(theirs, from)),
    ]);
    const logged = (await Promise.all(calls)).flat();
    expect(logged.filter(({ outcome }) => outcome === "created")).toHaveLength(120);
    expect(logged.filter(({ outcome }) => outcome === "duplicate")).toHaveLength(360);
    const { count } = await lab.service
      .from("captures")
      .select("id", { count: "exact", head: true })
      .like("object_path", "%/race/%");
    expect(count).toBe(120);
  });

  test("takes the device from the account: for_device_id is for the service key, and a retired device is nobody", async () => {
    const item = await other.place("by-service.jpg");
    const call = (client = pi.client, id?: string) =>
      client.rpc("log_captures", { captures: [item] as never, ...(id && { for_device_id: id }) });
    expect((await call(pi.client, other.id)).error?.code).toBe("42501");
    expect((await call(lab.service)).error?.code).toBe("22023");
    expect((await call(lab.service, randomUUID())).error?.code).toBe("22023");
    expect((await call(await lab.signIn("admin"))).error?.code).toBe("42501");
    expect((await call(lab.service, other.id)).data).toMatchObject([{ outcome: "created" }]);

    const old = await lab.addDevice("pi-old");
    const last = await old.place("last.jpg");
    await lab.service
      .from("devices")
      .update({ retired_at: new Date().toISOString() })
      .eq("id", old.id)
      .throwOnError();
    await expect(old.log([last])).rejects.toMatchObject({ code: "42501" });
  });
});
