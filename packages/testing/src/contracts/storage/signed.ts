import { describe, expect, test } from "vitest";
import { expectRefusal, type StorageTarget, useStorage } from "./storage-fixture.ts";

const TEXT = { contentType: "text/plain" };

/** Signed download and upload URLs. */
export function signedContract(getTarget: () => StorageTarget): void {
  describe("signed URLs", () => {
    const fixture = useStorage(getTarget, { fileSizeLimit: 100_000 });
    const signed = async (path: string, expiresIn = 60): Promise<string> => {
      const { data, error } = await fixture.service.createSignedUrl(path, expiresIn);
      if (error) throw error;
      return data.signedUrl;
    };

    test("opens one object without a token, with ranges and 304", async () => {
      await fixture.service.upload("signed me.txt", "0123456789", TEXT);
      const url = await signed("signed me.txt");
      const whole = await fetch(url);
      expect(await whole.text()).toBe("0123456789");
      const part = await fetch(url, { headers: { range: "bytes=3-5" } });
      expect([part.status, await part.text()]).toEqual([206, "345"]);
      expect(
        (await fetch(url, { headers: { "if-none-match": whole.headers.get("etag") as string } })).status,
      ).toBe(304);
      expect((await fetch(url, { method: "HEAD" })).headers.get("content-length")).toBe("10");
    });

    test("opens no other object", async () => {
      await fixture.service.upload("mine.txt", "x", TEXT);
      await fixture.service.upload("yours.txt", "x", TEXT);
      const url = (await signed("mine.txt")).replace("mine.txt", "yours.txt");
      await expectRefusal(await fetch(url), {
        statusCode: "400",
        code: "InvalidSignature",
        message: "Invalid signature",
      });
    });

    test("ends with InvalidJWT when its time is over", async () => {
      await fixture.service.upload("soon.txt", "x", TEXT);
      const url = await signed("soon.txt", 1);
      const code = async (): Promise<unknown> => {
        const response = await fetch(url);
        return response.status === 200 ? response.text() : ((await response.json()) as { code: string }).code;
      };
      await expect.poll(code, { timeout: 10_000, interval: 200 }).toBe("InvalidJWT");
    });

    test("signs many at once, with an error for each that is not there", async () => {
      await fixture.service.upload("batch.txt", "x", TEXT);
      const { data } = await fixture.service.createSignedUrls(["batch.txt", "nothing.txt"], 60);
      expect(data?.map(({ path, error }) => [path, error === null])).toEqual([
        ["batch.txt", true],
        ["nothing.txt", false],
      ]);
      expect((await fetch(data?.[0]?.signedUrl as string)).status).toBe(200);
    });

    test("is not given to one who may not read", async () => {
      await fixture.service.upload("hidden.txt", "x", TEXT);
      expect((await fixture.anon.createSignedUrl("hidden.txt", 60)).error).toMatchObject({
        status: 400,
        statusCode: "404",
      });
    });

    test("lets the holder of an upload URL put one object there, once", async () => {
      const { data } = await fixture.service.createSignedUploadUrl("put/here.txt");
      const token = data?.token as string;
      const put = () =>
        fixture.anon.uploadToSignedUrl("put/here.txt", token, "content", {
          ...TEXT,
          metadata: { via: "url" },
        });
      expect((await put()).data).toMatchObject({
        path: "put/here.txt",
        fullPath: `${fixture.bucketId}/put/here.txt`,
      });
      expect((await put()).error).toMatchObject({ status: 400, statusCode: "409" });
      expect((await fixture.anon.uploadToSignedUrl("put/there.txt", token, "x", TEXT)).error).toMatchObject({
        status: 400,
      });
      expect((await fixture.service.info("put/here.txt")).data?.metadata).toEqual({ via: "url" });
    });

    test("replaces through an upload URL only when it was signed so", async () => {
      await fixture.service.upload("put/again.txt", "old", TEXT);
      expect((await fixture.service.createSignedUploadUrl("put/again.txt")).error).toMatchObject({
        statusCode: "409",
      });
      const { data } = await fixture.service.createSignedUploadUrl("put/again.txt", { upsert: true });
      expect(
        (await fixture.anon.uploadToSignedUrl("put/again.txt", data?.token as string, "new", TEXT)).error,
      ).toBeNull();
      expect(await (await fixture.service.download("put/again.txt")).data?.text()).toBe("new");
    });

    test("keeps an upload URL from one who may not upload, and holds to the bucket's limit", async () => {
      expect((await fixture.anon.createSignedUploadUrl("put/anon.txt")).error).toMatchObject({
        statusCode: "403",
      });
      const { data } = await fixture.service.createSignedUploadUrl("put/large.txt");
      const large = await fixture.anon.uploadToSignedUrl(
        "put/large.txt",
        data?.token as string,
        new Blob(["x".repeat(100_001)]),
      );
      expect(large.error).toMatchObject({ status: 400, statusCode: "413" });
    });
  });
}
