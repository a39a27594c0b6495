import { describe, expect, test } from "vitest";
import { type StorageTarget, useStorage } from "./storage-fixture.ts";

const TEXT = { contentType: "text/plain" };

/** remove(), move() and copy(). */
export function transferContract(getTarget: () => StorageTarget): void {
  describe("remove, move and copy", () => {
    const fixture = useStorage(getTarget);
    const other = useStorage(getTarget);

    test("remove answers with what really went", async () => {
      await fixture.service.upload("gone/1.txt", "x", TEXT);
      await fixture.service.upload("gone/2.txt", "x", TEXT);
      const { data } = await fixture.service.remove(["gone/1.txt", "gone/2.txt", "gone/never.txt"]);
      expect(data?.map((row) => row.name).sort()).toEqual(["gone/1.txt", "gone/2.txt"]);
      expect((await fixture.service.remove(["gone/1.txt"])).data).toEqual([]);
      expect((await fixture.service.list("gone")).data).toEqual([]);
    });

    test("remove by one who may not deletes nothing and says []", async () => {
      await fixture.service.upload("stays.txt", "x", TEXT);
      expect(await fixture.anon.remove(["stays.txt"])).toMatchObject({ data: [], error: null });
      expect((await fixture.service.exists("stays.txt")).data).toBe(true);
    });

    test("a removed name is free again", async () => {
      await fixture.service.upload("again.txt", "first", TEXT);
      await fixture.service.remove(["again.txt"]);
      expect((await fixture.service.upload("again.txt", "second", TEXT)).error).toBeNull();
      expect(await (await fixture.service.download("again.txt")).data?.text()).toBe("second");
    });

    test("move takes bytes and metadata to the new name", async () => {
      await fixture.service.upload("from.txt", "moved", { ...TEXT, metadata: { n: 1 } });
      const { data } = await fixture.service.move("from.txt", "to/here.txt");
      expect(data).toMatchObject({ message: "Successfully moved" });
      expect(await (await fixture.service.download("to/here.txt")).data?.text()).toBe("moved");
      expect((await fixture.service.info("to/here.txt")).data?.metadata).toEqual({ n: 1 });
      expect((await fixture.service.exists("from.txt")).data).toBe(false);
    });

    test("copy leaves the source, and goes to another bucket when asked to", async () => {
      await fixture.service.upload("source.txt", "copied", TEXT);
      expect((await fixture.service.copy("source.txt", "copy.txt")).data?.path).toBe(
        `${fixture.bucketId}/copy.txt`,
      );
      await fixture.service.copy("source.txt", "copy.txt", { destinationBucket: other.bucketId });
      await fixture.service.remove(["source.txt"]);
      expect(await (await fixture.service.download("copy.txt")).data?.text()).toBe("copied");
      expect(await (await other.service.download("copy.txt")).data?.text()).toBe("copied");
    });

    test("neither overwrites, nor finds what is not there", async () => {
      await fixture.service.upload("one.txt", "1", TEXT);
      await fixture.service.upload("two.txt", "2", TEXT);
      expect((await fixture.service.copy("one.txt", "two.txt")).error).toMatchObject({
        status: 400,
        statusCode: "409",
      });
      expect((await fixture.service.move("one.txt", "two.txt")).error).toMatchObject({
        status: 400,
        statusCode: "409",
      });
      expect((await fixture.service.move("nothing.txt", "x.txt")).error).toMatchObject({
        status: 400,
        statusCode: "404",
      });
      expect(await (await fixture.service.download("one.txt")).data?.text()).toBe("1");
      expect(await (await fixture.service.download("two.txt")).data?.text()).toBe("2");
    });
  });
}
