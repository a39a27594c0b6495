import { beforeAll, describe, expect, test } from "vitest";
import { type StorageTarget, useStorage } from "./storage-fixture.ts";

const NAMES = [
  "pi-1/2026/a.jpg",
  "pi-1/2026/b.jpg",
  "pi-1/2026/sub/c.jpg",
  "pi-1/notes.txt",
  "pi-2/d.jpg",
  "root.jpg",
];

/** list() and listV2(). */
export function listContract(getTarget: () => StorageTarget): void {
  describe("lists", () => {
    const fixture = useStorage(getTarget);
    beforeAll(async () => {
      for (const name of NAMES) await fixture.service.upload(name, name, { contentType: "image/jpeg" });
    });

    test("shows a folder's entries by their last name, folders with id null", async () => {
      const { data } = await fixture.service.list("pi-1");
      expect(data?.map(({ name, id }) => [name, id === null])).toEqual([
        ["2026", true],
        ["notes.txt", false],
      ]);
      expect(data?.[1]?.metadata).toMatchObject({ size: "pi-1/notes.txt".length, mimetype: "image/jpeg" });
    });

    test("pages by limit and offset, in both orders", async () => {
      const names = async (options: object) =>
        (await fixture.service.list("", options)).data?.map((entry) => entry.name);
      expect(await names({})).toEqual(["pi-1", "pi-2", "root.jpg"]);
      expect(await names({ limit: 1, offset: 1 })).toEqual(["pi-2"]);
      expect(await names({ sortBy: { column: "name", order: "desc" } })).toEqual([
        "root.jpg",
        "pi-2",
        "pi-1",
      ]);
    });

    test("searches by the beginning of a name", async () => {
      const { data } = await fixture.service.list("pi-1/2026", { search: "a" });
      expect(data?.map((entry) => entry.name)).toEqual(["a.jpg"]);
    });

    test("gives [] for a bucket that is not there and for a leading slash", async () => {
      const missing = await fixture.request("/object/list/no-such-bucket", post({ prefix: "" }));
      expect(await missing.json()).toEqual([]);
      const slash = await fixture.request(`/object/list/${fixture.bucketId}`, post({ prefix: "/pi-1" }));
      expect(await slash.json()).toEqual([]);
    });

    test("shows anon nothing", async () => {
      expect((await fixture.anon.list()).data).toEqual([]);
    });

    test("listV2 walks all full names by its cursor", async () => {
      const names: string[] = [];
      let cursor: string | undefined;
      do {
        const { data, error } = await fixture.service.listV2({
          limit: 4,
          ...(cursor !== undefined && { cursor }),
        });
        expect(error).toBeNull();
        names.push(...(data?.objects ?? []).map((object) => object.name));
        cursor = data?.hasNext ? data.nextCursor : undefined;
      } while (cursor !== undefined);
      expect(names).toEqual(NAMES);
    });

    test("listV2 takes a prefix, and folds folders when asked to", async () => {
      const { data } = await fixture.service.listV2({ prefix: "pi-1/", with_delimiter: true });
      expect(data?.folders).toHaveLength(1);
      expect(data?.objects.map((object) => object.name)).toEqual(["pi-1/notes.txt"]);
      const flat = await fixture.service.listV2({ prefix: "pi-1/2026/" });
      expect(flat.data?.objects.map((object) => object.name)).toEqual(NAMES.slice(0, 3));
    });
  });
}

function post(body: object): RequestInit {
  return { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } };
}
