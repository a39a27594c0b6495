import { describe, expect, test } from "vitest";
import { expectRefusal, type StorageTarget, useStorage } from "./storage-fixture.ts";

const TEXT = "0123456789";

/** Downloads: whole, in ranges, conditional, and who may have them. */
export function downloadContract(getTarget: () => StorageTarget): void {
  describe.each([
    ["authenticated", false],
    ["public", true],
  ])("downloads, %s", (kind, isPublic) => {
    const fixture = useStorage(getTarget, { public: isPublic });
    const get = async (path: string, init: RequestInit = {}): Promise<Response> => {
      if (path === "ten.txt")
        await fixture.service.upload(path, TEXT, { contentType: "text/plain", upsert: false });
      return fixture.request(
        `/object/${kind}/${fixture.bucketId}/${path}`,
        isPublic ? { ...init, authorization: null } : init,
      );
    };

    test("gives the whole object with its headers", async () => {
      const response = await get("ten.txt");
      expect(response.status).toBe(200);
      expect(await response.text()).toBe(TEXT);
      expect(Object.fromEntries(response.headers)).toMatchObject({
        "content-type": "text/plain",
        "content-length": "10",
        "cache-control": "max-age=3600",
        "accept-ranges": "bytes",
        etag: expect.stringMatching(/^"[0-9a-f]{32}"$/),
        "last-modified": expect.stringMatching(/GMT$/),
      });
    });

    test.each([
      ["bytes=2-4", "234", "bytes 2-4/10"],
      ["bytes=7-", "789", "bytes 7-9/10"],
      ["bytes=8-100", "89", "bytes 8-9/10"],
    ])("answers the range %s with 206", async (range, content, contentRange) => {
      const response = await get("ten.txt", { headers: { range } });
      expect(response.status).toBe(206);
      expect(response.headers.get("content-range")).toBe(contentRange);
      expect(await response.text()).toBe(content);
    });

    test("answers 304 to the eTag it gave", async () => {
      const etag = (await get("ten.txt", { method: "HEAD" })).headers.get("etag") as string;
      const response = await get("ten.txt", { headers: { "if-none-match": etag } });
      expect(response.status).toBe(304);
      expect(await response.text()).toBe("");
      expect((await get("ten.txt", { headers: { "if-none-match": '"other"' } })).status).toBe(200);
    });

    test("answers HEAD with the headers alone", async () => {
      const response = await get("ten.txt", { method: "HEAD" });
      expect(response.status).toBe(200);
      expect(response.headers.get("content-length")).toBe("10");
      expect(await response.text()).toBe("");
    });

    test("answers NoSuchKey, and HEAD 400 without a body, for an object that is not there", async () => {
      await expectRefusal(await get("missing"), {
        statusCode: "404",
        code: "NoSuchKey",
        message: "Object not found",
      });
      const head = await get("missing", { method: "HEAD" });
      expect(head.status).toBe(400);
      expect(await head.text()).toBe("");
    });

    test("names the file to save when asked to", async () => {
      const plain = await get("ten.txt", { method: "HEAD" });
      expect(plain.headers.get("content-disposition")).toBeNull();
      const named = await get("ten.txt?download=my%20file.txt", { method: "HEAD" });
      expect(named.headers.get("content-disposition")).toContain("filename=my%20file.txt");
    });
  });

  describe("downloads, by whom", () => {
    const fixture = useStorage(getTarget);

    test("hides a private object from anon as if it were not there, and a private bucket from the public route", async () => {
      await fixture.service.upload("secret.txt", "secret", { contentType: "text/plain" });
      expect((await fixture.anon.info("secret.txt")).error).toMatchObject({
        statusCode: "404",
        code: "NoSuchKey",
      });
      expect((await fixture.anon.download("secret.txt")).error).not.toBeNull();
      const open = await fixture.request(`/object/public/${fixture.bucketId}/secret.txt`, {
        authorization: null,
      });
      await expectRefusal(open, { statusCode: "404", code: "NoSuchBucket", message: "Bucket not found" });
    });

    test("exists() tells what is there from what is not", async () => {
      await fixture.service.upload("there.txt", "x", { contentType: "text/plain" });
      expect((await fixture.service.exists("there.txt")).data).toBe(true);
      expect((await fixture.service.exists("not-there.txt")).data).toBe(false);
    });
  });
}
