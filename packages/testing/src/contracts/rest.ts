import { randomUUID } from "node:crypto";
import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ContractTarget } from "../test-target.ts";

/**
 * What PiLab asks of `/rest/v1`, as PostgREST answers it. It needs PiLab's migrations, works in rows of `bucket_settings` of its
 * own, and removes them. `getTarget` is called when the tests run.
 */
export function restContract(getTarget: () => ContractTarget): void {
  describe("REST", () => {
    const mine = `contract-${randomUUID().slice(0, 8)}`;
    let target: ContractTarget;
    let service: SupabaseClient;
    let anon: SupabaseClient;
    const settings = () => service.from("bucket_settings");
    const rows = (count: number) =>
      Array.from({ length: count }, (_, index) => ({
        bucket_id: `${mine}-${index}`,
        quota_bytes: index + 1,
      }));

    beforeAll(async () => {
      target = getTarget();
      const options = { auth: { persistSession: false, autoRefreshToken: false } };
      service = createClient(target.url, target.serviceRoleKey, options);
      anon = createClient(target.url, target.anonKey, options);
      await settings().insert(rows(5)).throwOnError();
    });
    afterAll(async () => {
      await service?.from("bucket_settings").delete().like("bucket_id", `${mine}-%`).throwOnError();
    });

    describe("reading", () => {
      it.each<[string, (query: ReturnType<typeof select>) => unknown, number[]]>([
        ["eq", (query) => query.eq("quota_bytes", 3), [3]],
        ["neq", (query) => query.neq("quota_bytes", 3), [1, 2, 4, 5]],
        ["in", (query) => query.in("quota_bytes", [2, 4, 9]), [2, 4]],
        ["gt and lte", (query) => query.gt("quota_bytes", 1).lte("quota_bytes", 3), [2, 3]],
        ["ilike", (query) => query.ilike("bucket_id", "%-4"), [5]],
        ["is null", (query) => query.is("quota_bytes", null), []],
        ["not", (query) => query.not("quota_bytes", "in", "(1,2)"), [3, 4, 5]],
        ["or", (query) => query.or("quota_bytes.eq.1,and(quota_bytes.gt.3,quota_bytes.lt.5)"), [1, 4]],
        ["descending order", (query) => query.order("quota_bytes", { ascending: false }), [5, 4, 3, 2, 1]],
        ["limit", (query) => query.limit(2), [1, 2]],
        ["range", (query) => query.range(1, 2), [2, 3]],
      ])("filters and pages by %s", async (name, apply, wanted) => {
        const query = select();
        apply(query);
        const { data } = await (name === "descending order"
          ? query
          : query.order("quota_bytes")
        ).throwOnError();
        expect(data?.map((row) => row.quota_bytes)).toEqual(wanted);
      });

      function select() {
        return settings().select("bucket_id, quota_bytes").like("bucket_id", `${mine}-%`);
      }

      it("counts without sending rows", async () => {
        const { count, data, status } = await settings()
          .select("*", { count: "exact", head: true })
          .like("bucket_id", `${mine}-%`);
        expect({ count, data, status }).toEqual({ count: 5, data: null, status: 200 });
      });

      it("counts beside a page of rows", async () => {
        const page = await settings()
          .select("bucket_id", { count: "exact" })
          .like("bucket_id", `${mine}-%`)
          .range(0, 1);
        expect(page.count).toBe(5);
        expect(page.data).toHaveLength(2);
        // PostgREST says 206 for a part, 200 when the client asked by limit and offset alone.
        expect([200, 206]).toContain(page.status);
      });

      it("gives at most 1000 rows, and says so in the range", async () => {
        await settings()
          .insert(Array.from({ length: 1001 }, (_, index) => ({ bucket_id: `${mine}-many-${index}` })))
          .throwOnError();
        const many = settings().select("bucket_id").like("bucket_id", `${mine}-many-%`);
        expect((await many).data).toHaveLength(1000);
        await settings().delete().like("bucket_id", `${mine}-many-%`).throwOnError();
      });

      it("gives one object on request, and PGRST116 for any other number of rows", async () => {
        const one = await settings().select("quota_bytes").eq("bucket_id", `${mine}-0`).single();
        expect(one.data).toEqual({ quota_bytes: 1 });
        const none = await settings().select().eq("bucket_id", `${mine}-none`).single();
        expect(none).toMatchObject({ status: 406, error: { code: "PGRST116" } });
        const maybe = await settings().select().eq("bucket_id", `${mine}-none`).maybeSingle();
        expect(maybe).toMatchObject({ data: null, error: null });
      });

      it("embeds the row that a foreign key points to", async () => {
        expect(
          await service.from("device_status").select("reported_at, devices(slug)").limit(1),
        ).toMatchObject({
          error: null,
          status: 200,
        });
      });
    });

    describe("writing", () => {
      it("returns what was written, defaults included", async () => {
        const row = { bucket_id: `${mine}-written` };
        const inserted = await settings().insert(row).select().single();
        expect(inserted).toMatchObject({
          status: 201,
          data: { ...row, quota_bytes: null, time_zone: "UTC" },
        });
        const updated = await settings()
          .update({ quota_bytes: 7 })
          .eq("bucket_id", row.bucket_id)
          .select("quota_bytes");
        expect(updated).toMatchObject({ status: 200, data: [{ quota_bytes: 7 }] });
        const removed = await settings().delete().eq("bucket_id", row.bucket_id).select("bucket_id");
        expect(removed).toMatchObject({ status: 200, data: [row] });
      });

      it("returns nothing unless asked", async () => {
        const inserted = await settings().insert({ bucket_id: `${mine}-silent` });
        expect(inserted).toMatchObject({ status: 201, data: null });
        const removed = await settings().delete().eq("bucket_id", `${mine}-silent`);
        expect(removed).toMatchObject({ status: 204, data: null });
      });

      it("upserts by key, or leaves the row that is there", async () => {
        const row = { bucket_id: `${mine}-upsert`, quota_bytes: 1 };
        await settings().upsert(row).throwOnError();
        const merged = await settings()
          .upsert({ ...row, quota_bytes: 2 }, { onConflict: "bucket_id" })
          .select("quota_bytes");
        expect(merged.data).toEqual([{ quota_bytes: 2 }]);
        const ignored = await settings()
          .upsert({ ...row, quota_bytes: 3 }, { onConflict: "bucket_id", ignoreDuplicates: true })
          .select("quota_bytes");
        expect(ignored.data).toEqual([]);
        await settings().delete().eq("bucket_id", row.bucket_id).throwOnError();
      });

      it("writes all rows of a request or none", async () => {
        const refused = await settings().insert([{ bucket_id: `${mine}-half` }, { bucket_id: `${mine}-0` }]);
        expect(refused.error?.code).toBe("23505");
        const { data } = await settings().select().eq("bucket_id", `${mine}-half`);
        expect(data).toEqual([]);
      });
    });

    describe("refusing", () => {
      it.each<[string, () => PromiseLike<unknown>, number, string]>([
        ["a duplicate", () => settings().insert({ bucket_id: `${mine}-0` }), 409, "23505"],
        [
          "a failed check",
          () => settings().insert({ bucket_id: `${mine}-x`, quota_bytes: -1 }),
          400,
          "23514",
        ],
        ["a missing value", () => settings().insert({ quota_bytes: 1 }), 400, "23502"],
        ["a value of the wrong type", () => settings().select().eq("quota_bytes", "many"), 400, "22P02"],
        ["an unknown table", () => service.from("no_such_table").select(), 404, "PGRST205"],
        ["an unknown column", () => settings().select("no_such_column"), 400, "42703"],
        ["an unknown function", () => service.rpc("no_such_function"), 404, "PGRST202"],
        ["a schema that is not exposed", () => service.schema("pilab").from("x").select(), 406, "PGRST106"],
        ["a function's own refusal", () => service.rpc("log_captures", { captures: [] }), 400, "22023"],
        ["a table without a grant", () => anon.from("bucket_settings").select(), 401, "42501"],
      ])("answers %s with its status and code", async (_, request, status, code) => {
        const answer = (await request()) as {
          status: number;
          error: { code: string; message: string } | null;
        };
        expect({ status: answer.status, code: answer.error?.code }).toEqual({ status, code });
        expect(answer.error?.message).toBeTruthy();
      });

      it("says which key is there already", async () => {
        const { error } = await settings().insert({ bucket_id: `${mine}-0` });
        expect(error?.details).toBe(`Key (bucket_id)=(${mine}-0) already exists.`);
      });

      it("takes no request without a key, and none with a forged one", async () => {
        const ask = (headers: Record<string, string>) =>
          fetch(`${target.url}/rest/v1/bucket_settings`, { headers });
        expect((await ask({})).status).toBe(401);
        const forged = `${target.serviceRoleKey.slice(0, -6)}AAAAAA`;
        expect((await ask({ apikey: target.anonKey, authorization: `Bearer ${forged}` })).status).toBe(401);
      });
    });

    it("takes hundreds of hashes in one call of a function", async () => {
      const hashes = Array.from({ length: 500 }, (_, index) => index.toString(16).padStart(64, "0"));
      const { error } = await service.rpc("known_captures", {
        bucket_id: "pilab-dev",
        hashes,
        for_device_id: null,
      });
      // Without a device the function refuses, which it can only do after having read its arguments.
      expect(error?.code).toBe("22023");
    });

    it("lets a page of another origin ask", async () => {
      const preflight = await fetch(`${target.url}/rest/v1/bucket_settings`, {
        method: "OPTIONS",
        headers: {
          origin: "https://lab.example",
          "access-control-request-method": "PATCH",
          "access-control-request-headers": "apikey,authorization,content-type,prefer,x-client-info",
        },
      });
      expect(preflight.ok).toBe(true);
      expect(preflight.headers.get("access-control-allow-origin")).toMatch(/^(\*|https:\/\/lab\.example)$/);
      expect(preflight.headers.get("access-control-allow-methods")).toContain("PATCH");
      expect(preflight.headers.get("access-control-allow-headers")).toMatch(/authorization|\*/i);
    });
  });
}
