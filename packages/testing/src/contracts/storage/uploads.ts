import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { describe, expect, test } from "vitest";
import { chunked, expectRefusal, expiredToken, type StorageTarget, useStorage } from "./storage-fixture.ts";

const JPEG = { contentType: "image/jpeg" };

/** Standard uploads: bodies, names, rules, tokens, refusals. */
export function uploadContract(getTarget: () => StorageTarget): void {
  describe("uploads", () => {
    const fixture = useStorage(getTarget, {
      fileSizeLimit: 1_000_000,
      allowedMimeTypes: ["image/*", "text/csv"],
    });
    const upload = (path: string, init: RequestInit & { authorization?: string | null } = {}) =>
      fixture.request(`/object/${fixture.bucketId}/${path}`, {
        method: "POST",
        body: "x",
        ...init,
        headers: { "content-type": "image/jpeg", ...init.headers },
      });

    test("answers with the object's key and id, and keeps bytes, MD5, type, cache time and metadata", async () => {
      const bytes = Buffer.from("a small picture");
      const metadata = { sha256: "ab", note: "Prüfling 7" };
      const { data, error } = await fixture.service.upload("kept/a.jpg", bytes, {
        ...JPEG,
        cacheControl: "60",
        metadata,
      });
      expect(error).toBeNull();
      expect(data).toEqual({
        path: "kept/a.jpg",
        fullPath: `${fixture.bucketId}/kept/a.jpg`,
        id: expect.any(String),
      });
      const info = await fixture.service.info("kept/a.jpg");
      expect(info.data).toMatchObject({
        id: data?.id,
        name: "kept/a.jpg",
        bucketId: fixture.bucketId,
        size: bytes.length,
        contentType: "image/jpeg",
        cacheControl: "max-age=60",
        etag: `"${createHash("md5").update(bytes).digest("hex")}"`,
        metadata,
      });
    });

    test.each([
      ["a Blob", () => new Blob(["blob"], { type: "image/png" })],
      ["a File", () => new File(["file"], "f.png", { type: "image/png" })],
      ["a form", () => formOf(new Blob(["form"], { type: "image/png" }))],
      ["a stream", () => Readable.from([Buffer.from("str"), Buffer.from("eam")])],
      ["an ArrayBuffer", () => new TextEncoder().encode("buffer").buffer as ArrayBuffer],
    ])("takes %s", async (what, body) => {
      const path = `bodies/${what.replaceAll(" ", "-")}`;
      const { error } = await fixture.service.upload(path, body(), {
        contentType: "image/png",
        metadata: { what },
      });
      expect(error).toBeNull();
      const info = await fixture.service.info(path);
      expect(info.data).toMatchObject({
        contentType: "image/png",
        metadata: { what },
        cacheControl: "max-age=3600",
      });
      expect((await fixture.service.download(path)).data?.size).toBe(info.data?.size);
    });

    test("takes an empty object", async () => {
      expect((await fixture.service.upload("empty.jpg", "", JPEG)).error).toBeNull();
      expect((await fixture.service.info("empty.jpg")).data?.size).toBe(0);
    });

    test("keeps x and x/y apart", async () => {
      expect((await fixture.service.upload("x", "file", JPEG)).error).toBeNull();
      expect((await fixture.service.upload("x/y", "below", JPEG)).error).toBeNull();
      expect(await (await fixture.service.download("x")).data?.text()).toBe("file");
      expect(await (await fixture.service.download("x/y")).data?.text()).toBe("below");
    });

    test("refuses a name that is taken, and leaves what is there", async () => {
      await fixture.service.upload("taken.jpg", "first", JPEG);
      const again = await upload("taken.jpg", { body: "second" });
      await expectRefusal(again, {
        statusCode: "409",
        code: "KeyAlreadyExists",
        message: "The resource already exists",
      });
      expect(await (await fixture.service.download("taken.jpg")).data?.text()).toBe("first");
    });

    test("replaces with x-upsert, under the same id, and resets the metadata that is not given", async () => {
      const first = await fixture.service.upload("replaced.jpg", "first", {
        ...JPEG,
        metadata: { kept: false },
      });
      const second = await fixture.service.upload("replaced.jpg", "second", {
        contentType: "image/png",
        upsert: true,
      });
      expect(second.data?.id).toBe(first.data?.id);
      expect(await (await fixture.service.download("replaced.jpg")).data?.text()).toBe("second");
      expect((await fixture.service.info("replaced.jpg")).data).toMatchObject({
        contentType: "image/png",
        metadata: {},
      });
    });

    test("replaces by update()", async () => {
      await fixture.service.upload("updated.jpg", "first", JPEG);
      expect((await fixture.service.update("updated.jpg", "second", JPEG)).error).toBeNull();
      expect(await (await fixture.service.download("updated.jpg")).data?.text()).toBe("second");
    });

    test("drops metadata that is no base64 JSON without a word", async () => {
      expect((await upload("bad-metadata.jpg", { headers: { "x-metadata": "%%%" } })).status).toBe(200);
      expect((await fixture.service.info("bad-metadata.jpg")).data?.metadata).toEqual({});
    });

    test.each([
      ["image/png", true],
      ["text/csv", true],
      ["text/plain", false],
      ["video/mp4", false],
    ])("with image/* and text/csv allowed, %s passes: %s", async (type, passes) => {
      const response = await upload(`types/${type}`, { headers: { "content-type": type } });
      if (passes) expect(response.status).toBe(200);
      else
        await expectRefusal(response, {
          statusCode: "415",
          code: "InvalidMimeType",
          message: `mime type ${type} is not supported`,
        });
    });

    test.each(["ü.jpg", "a%23b.jpg", "a[1].jpg", "~a.jpg"])("refuses the key %s", async (key) => {
      const response = await upload(encodeURI(decodeURIComponent(key)).replaceAll("#", "%23"));
      await expectRefusal(response, {
        statusCode: "400",
        code: "InvalidKey",
        message: `Invalid key: ${decodeURIComponent(key)}`,
      });
    });

    test("takes the key 'a b:+&(c).jpg'", async () => {
      const path = "safe/a b:+&(c).jpg";
      expect((await fixture.service.upload(path, "x", JPEG)).error).toBeNull();
      expect((await fixture.service.info(path)).data?.name).toBe(path);
    });

    test("refuses an object over the bucket's limit", async () => {
      const tooLarge = {
        statusCode: "413",
        code: "EntityTooLarge",
        message: "The object exceeded the maximum allowed size",
      };
      await expectRefusal(await upload("large.jpg", { body: new Uint8Array(1_000_001) }), tooLarge);
      const form = await fixture.service.upload(
        "large-form.jpg",
        new Blob([new Uint8Array(1_000_001)], { type: "image/png" }),
      );
      expect(form.error).toMatchObject({ status: 400, statusCode: "413", code: "EntityTooLarge" });
      expect((await upload("at-the-limit.jpg", { body: new Uint8Array(1_000_000) })).status).toBe(200);
    });

    test("answers NoSuchBucket for a bucket that is not there", async () => {
      const response = await fixture.request("/object/no-such-bucket/a.jpg", {
        method: "POST",
        body: "x",
        headers: { "content-type": "image/jpeg" },
      });
      await expectRefusal(response, { statusCode: "404", code: "NoSuchBucket", message: "Bucket not found" });
    });

    test("refuses whom row-level security refuses, and stores nothing", async () => {
      const response = await upload("refused.jpg", { authorization: `Bearer ${fixture.target.anonKey}` });
      await expectRefusal(response, {
        statusCode: "403",
        code: "AccessDenied",
        message: "new row violates row-level security policy",
      });
      expect((await fixture.service.info("refused.jpg")).error).toMatchObject({ code: "NoSuchKey" });
    });

    test("gives the answer to a large refused body, and the connection stays good", async () => {
      for (const path of ["refused-1.jpg", "refused-2.jpg", "refused-3.jpg"]) {
        const body = new Uint8Array(900_000);
        const refused = await upload(path, { body, authorization: `Bearer ${fixture.target.anonKey}` });
        expect(refused.status).toBe(400);
        await refused.text();
        expect((await fixture.service.info(path)).error).toMatchObject({ code: "NoSuchKey" });
      }
    });

    test("asks for a token", async () => {
      const { status, body } = await answer(await upload("a.jpg", { authorization: null }));
      expect({ status, code: body.code }).toEqual({ status: 400, code: "InvalidRequest" });
    });

    test("refuses a token that is none", async () => {
      const response = await upload("a.jpg", { authorization: "Bearer nonsense" });
      await expectRefusal(response, {
        statusCode: "403",
        code: "AccessDenied",
        message: "Invalid Compact JWS",
      });
    });

    test("refuses an expired token", async (context) => {
      const { jwtSecret } = fixture.target;
      context.skip(jwtSecret === undefined, "the target's JWT secret is not known");
      const response = await upload("a.jpg", {
        authorization: `Bearer ${await expiredToken(jwtSecret as string)}`,
      });
      await expectRefusal(response, {
        statusCode: "403",
        code: "AccessDenied",
        message: '"exp" claim timestamp check failed',
      });
    });

    test("leaves nothing of an upload whose client went away", async () => {
      const abort = new AbortController();
      const endless = chunked(1000, 1000);
      const body = (endless.body as ReadableStream<Uint8Array>).pipeThrough(
        new TransformStream({
          transform: (chunk, controller) => {
            controller.enqueue(chunk);
            if (!abort.signal.aborted) abort.abort();
          },
        }),
      );
      await expect(
        upload("aborted.jpg", { body, duplex: "half", signal: abort.signal } as RequestInit),
      ).rejects.toThrow();
      expect((await fixture.service.info("aborted.jpg")).error).toMatchObject({ code: "NoSuchKey" });
    });
  });
}

function formOf(file: Blob): FormData {
  const form = new FormData();
  form.append("file", file, "form.png");
  return form;
}

async function answer(response: Response): Promise<{ status: number; body: Record<string, unknown> }> {
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}
