import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loseObject, sha256, startTestLab, type TestDevice, type TestLab } from "../src/test-lab.ts";

describe.each(["pglite", "postgres"] as const)(
  "what a device asks and reports on %s",
  { timeout: 30_000 },
  (engine) => {
    let lab: TestLab;
    let pi: TestDevice;
    let other: TestDevice;

    beforeAll(async () => {
      lab = await startTestLab(engine);
      pi = await lab.addDevice("pi-1");
      other = await lab.addDevice("pi-2");
    }, 60_000);
    afterAll(() => lab?.stop());

    const known = async (hashes: string[], device = pi) =>
      (await device.client.rpc("known_captures", { bucket_id: "pilab-dev", hashes }).throwOnError()).data;
    const report = (journal: string, seq: number, totals: object, device = pi) =>
      device.client.rpc("report_uploads", { journal_id: journal, seq, totals: totals as never });
    const hourly = async (device: TestDevice) => {
      const { data } = await lab.service
        .from("upload_stats_hourly")
        .select("ok,failed,duplicate,bytes")
        .eq("device_id", device.id);
      return data;
    };

    test("known_captures answers once a hash, from the row and from the object", async () => {
      const [stored, lost] = [await pi.place("a.jpg"), await pi.place("b.jpg")];
      await pi.log([stored, lost]);
      await loseObject(lab.supabase, lost);
      await lab.supabase.sql.exec("update storage.objects set metadata = metadata where false");
      const [a, b, c] = [String(stored.sha256), String(lost.sha256), sha256("never seen")];
      const answers = await known([a, b, c, a, "not a hash"]);
      expect(
        Object.fromEntries(answers.map(({ sha256: hash, state, size_bytes }) => [hash, [state, size_bytes]])),
      ).toEqual({
        [a]: ["stored", 1000],
        [b]: ["missing", 1000],
        [c]: ["unknown", null],
        "not a hash": ["unknown", null],
      });
      expect(await known([])).toEqual([]);
    });

    test("known_captures says missing of an object that is not whole", async () => {
      const item = await pi.place("short.jpg");
      await pi.log([item]);
      await lab.supabase.sql.exec(
        `update storage.objects set metadata = '{"size": 999}' where name = 'pi-1/short.jpg'`,
      );
      expect(await known([String(item.sha256)])).toMatchObject([{ state: "missing" }]);
    });

    test("known_captures tells a device nothing of another's captures", async () => {
      const item = await pi.place("mine.jpg");
      await pi.log([item]);
      expect(await known([String(item.sha256)], other)).toMatchObject([
        { state: "unknown", id: null, object_path: null },
      ]);
    });

    test("known_captures takes 500 hashes, and refuses 501", async () => {
      const hashes = Array.from({ length: 500 }, (_, index) => sha256(String(index)));
      expect(await known(hashes)).toHaveLength(500);
      await expect(known([...hashes, sha256("x")])).rejects.toMatchObject({ code: "22023" });
    });

    test("report_uploads adds what a journal's totals grew by, and a repeated or late report changes nothing", async () => {
      const device = await lab.addDevice("pi-reporter");
      const [journal, second] = [randomUUID(), randomUUID()];
      const answers = [
        await report(journal, 1, { ok: 3, failed: 1, duplicate: 2, bytes: 300 }, device),
        await report(journal, 1, { ok: 3, failed: 1, duplicate: 2, bytes: 300 }, device),
        await report(journal, 4, { ok: 5, failed: 1, duplicate: 2, bytes: 500 }, device),
        await report(journal, 3, { ok: 4, failed: 1, duplicate: 2, bytes: 400 }, device),
        await report(second, 1, { ok: 10 }, device),
      ];
      expect(answers.map(({ data }) => data)).toEqual([true, false, true, false, true]);
      const rows = (await hourly(device)) ?? [];
      const sum = (key: "ok" | "failed" | "duplicate" | "bytes") =>
        rows.reduce((total, row) => total + row[key], 0);
      expect([sum("ok"), sum("failed"), sum("duplicate"), sum("bytes")]).toEqual([15, 1, 2, 500]);
    });

    test.each([
      ["totals that fall", { ok: 2 }],
      ["totals below zero", { ok: 5, bytes: -1 }],
      ["totals that are no number", { ok: null }],
    ])("report_uploads refuses %s", async (_, totals) => {
      const device = await lab.addDevice(`pi-${randomUUID().slice(0, 8)}`);
      const journal = randomUUID();
      await report(journal, 1, { ok: 3 }, device);
      expect((await report(journal, 2, totals, device)).error?.code).toBe("22023");
      expect(await hourly(device)).toMatchObject([{ ok: 3, bytes: 0 }]);
    });

    test("report_uploads refuses another device's journal, and counts concurrent reports once", async () => {
      const journal = randomUUID();
      await report(journal, 1, { ok: 1 });
      expect((await report(journal, 2, { ok: 2 }, other)).error?.code).toBe("42501");
      const device = await lab.addDevice("pi-racer");
      const once = randomUUID();
      const answers = await Promise.all(Array.from({ length: 6 }, () => report(once, 1, { ok: 7 }, device)));
      expect(answers.filter(({ data }) => data === true)).toHaveLength(1);
      expect(await hourly(device)).toMatchObject([{ ok: 7 }]);
    });

    test("report_device_status replaces the row whole, at the server's time, and leaves out what it does not know", async () => {
      const status = async (fields: object) => {
        await pi.client.rpc("report_device_status", { status: fields as never }).throwOnError();
        return (await pi.client.from("device_status").select("*").single().throwOnError()).data;
      };
      const first = await status({
        state: "uploading",
        queue_files: 3,
        cpu_temp_c: 51.5,
        reported_at: "2001-01-01T00:00:00Z",
        device_id: other.id,
        of_a_newer_agent: true,
      });
      expect(first).toMatchObject({ device_id: pi.id, state: "uploading", queue_files: 3, cpu_temp_c: 51.5 });
      expect(Date.now() - Date.parse(first.reported_at)).toBeLessThan(60_000);
      expect(await status({ state: "idle" })).toMatchObject({
        state: "idle",
        queue_files: null,
        cpu_temp_c: null,
      });
      const bad = await pi.client.rpc("report_device_status", { status: { queue_files: -1 } as never });
      expect(bad.error?.code).toBe("23514");
    });

    test("operators change a device's name, zone and interval only; its slug changes for nobody", async () => {
      const [operator, admin] = [await lab.signIn("operator"), await lab.signIn("admin")];
      const change = async (client: typeof operator, fields: object) => {
        const { error, data } = await client.from("devices").update(fields).eq("id", other.id).select("id");
        return error?.code ?? data?.length;
      };
      expect(
        await change(operator, { name: "Window", time_zone: "Europe/London", expected_interval_s: 5 }),
      ).toBe(1);
      expect(await change(operator, { retired_at: new Date().toISOString() })).toBe("42501");
      expect(await change(operator, { series: "x" })).toBe("42501");
      expect(await change(admin, { series: "x", paused_until: null })).toBe(1);
      for (const client of [operator, admin, lab.service])
        expect(await change(client, { slug: "renamed" })).toBe("42501");
      await expect(
        lab.supabase.sql.exec("update public.devices set slug = 'renamed' where slug = 'pi-2'"),
      ).rejects.toThrow("never change");
      expect(await change(await lab.signIn("viewer"), { name: "x" })).toBe(0);
    });

    test.each(["Mars/Olympus", "UTC+3", "EST5EDT", "+02", "Foo/Bar+5", ""])(
      "refuses %o as a time zone",
      async (zone) => {
        const { error } = await lab.service.from("devices").update({ time_zone: zone }).eq("id", pi.id);
        expect(error?.code).toBe("23514");
      },
    );

    test.each(["Europe/Berlin", "America/Port-au-Prince", "America/North_Dakota/New_Salem", "Etc/GMT+5"])(
      "takes %o as a time zone",
      async (zone) => {
        await lab.service.from("devices").update({ time_zone: zone }).eq("id", pi.id).throwOnError();
      },
    );
  },
);
