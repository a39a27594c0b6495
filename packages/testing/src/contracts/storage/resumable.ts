import { randomBytes } from "node:crypto";
import { Upload } from "tus-js-client";
import { describe, expect, test } from "vitest";
import { expiredToken, type StorageFixture, type StorageTarget, useStorage } from "./storage-fixture.ts";

const CHUNK_BYTES = 6 * 1024 * 1024; // hosted Supabase takes no other size

/** TUS at /upload/resumable. */
export function resumableContract(getTarget: () => StorageTarget): void {
  describe("resumable uploads", () => {
    const fixture = useStorage(getTarget, { fileSizeLimit: 20_000_000, allowedMimeTypes: ["image/jpeg"] });

    test("takes a file in chunks by tus-js-client, with its type, cache time and metadata", async () => {
      const bytes = randomBytes(CHUNK_BYTES + 1000);
      await uploadByTus(fixture, "tus/chunks.jpg", bytes);
      expect((await fixture.service.info("tus/chunks.jpg")).data).toMatchObject({
        size: bytes.length,
        contentType: "image/jpeg",
        cacheControl: "max-age=60",
        metadata: { series: "7" },
      });
      expect(
        Buffer.from(
          (await (await fixture.service.download("tus/chunks.jpg")).data?.arrayBuffer()) as ArrayBuffer,
        ).equals(bytes),
      ).toBe(true);
    });

    test("goes on where it was cut", async () => {
      const bytes = randomBytes(CHUNK_BYTES + 500);
      const url = await create(fixture, "tus/cut.jpg", bytes.length);
      expect((await patch(fixture, url, { offset: 0, body: bytes.subarray(0, CHUNK_BYTES) })).status).toBe(
        204,
      );
      expect(await offsetOf(fixture, url)).toEqual([String(CHUNK_BYTES), String(bytes.length)]);
      expect((await fixture.service.exists("tus/cut.jpg")).data).toBe(false);
      expect(
        (await patch(fixture, url, { offset: CHUNK_BYTES, body: bytes.subarray(CHUNK_BYTES) })).status,
      ).toBe(204);
      expect((await fixture.service.info("tus/cut.jpg")).data?.size).toBe(bytes.length);
    });

    test("shows offset = length to a client that lost the final answer", async () => {
      const url = await create(fixture, "tus/lost.jpg", 3);
      await patch(fixture, url, { offset: 0, body: Buffer.from("abc") });
      expect(await offsetOf(fixture, url)).toEqual(["3", "3"]);
    });

    test("gives the bytes of an upload to nobody by its URL", async () => {
      const url = await create(fixture, "tus/unread.jpg", 3);
      await patch(fixture, url, { offset: 0, body: Buffer.from("abc") });
      const response = await fetch(url, { headers: tusHeaders(fixture) });
      expect(await response.text()).not.toContain("abc");
      expect(response.ok).toBe(false);
    });

    test("answers 409 'Upload-Offset conflict' to a wrong offset", async () => {
      const url = await create(fixture, "tus/offset.jpg", 10);
      const response = await patch(fixture, url, { offset: 5, body: Buffer.from("abcde") });
      expect([response.status, (await response.text()).trim()]).toEqual([409, "Upload-Offset conflict"]);
      expect(await offsetOf(fixture, url)).toEqual(["0", "10"]);
    });

    test("answers 409 'The resource already exists' before a byte is sent", async () => {
      await fixture.service.upload("tus/taken.jpg", "old", { contentType: "image/jpeg" });
      const response = await post(fixture, { name: "tus/taken.jpg", length: 3 });
      expect([response.status, await response.text()]).toEqual([409, "The resource already exists"]);
    });

    test("replaces with x-upsert on each request", async () => {
      await fixture.service.upload("tus/upsert.jpg", "old", { contentType: "image/jpeg" });
      const headers = { "x-upsert": "true" };
      const url = locationOf(await post(fixture, { name: "tus/upsert.jpg", length: 3, headers }));
      expect((await patch(fixture, url, { offset: 0, body: Buffer.from("new"), headers })).status).toBe(204);
      expect(await (await fixture.service.download("tus/upsert.jpg")).data?.text()).toBe("new");
    });

    test.each([
      ["a size over the bucket's limit", { length: 20_000_001 }, 413],
      ["a type the bucket refuses", { contentType: "text/plain" }, 415],
      ["a bucket that is not there", { bucket: "no-such-bucket" }, 404],
      ["no Upload-Length", { length: null }, 400],
      ["no Tus-Resumable", { headers: { "tus-resumable": undefined } }, 412],
    ])("refuses %s at creation, with its true status", async (_what, change, status) => {
      const response = await post(fixture, { name: "tus/refused.jpg", length: 10, ...change });
      expect(response.status).toBe(status);
      await response.text();
    });

    test("lets an object without a type pass the bucket's rule", async () => {
      expect((await post(fixture, { name: "tus/typeless", length: 10, contentType: null })).status).toBe(201);
    });

    test("refuses whom row-level security refuses, at creation and at each PATCH", async () => {
      const authorization = `Bearer ${fixture.target.anonKey}`;
      const created = await post(fixture, { name: "tus/anon.jpg", length: 3, headers: { authorization } });
      expect([created.status, await created.text()]).toEqual([
        403,
        "new row violates row-level security policy",
      ]);
      const url = await create(fixture, "tus/anon.jpg", 3);
      const patched = await patch(fixture, url, {
        offset: 0,
        body: Buffer.from("abc"),
        headers: { authorization },
      });
      expect(patched.status).toBe(403);
      await patched.text();
      expect((await fixture.service.exists("tus/anon.jpg")).data).toBe(false);
    });

    test("refuses an expired token at a PATCH with HTTP 400 and JSON, and the upload can go on", async (context) => {
      const { jwtSecret } = fixture.target;
      context.skip(jwtSecret === undefined, "the target's JWT secret is not known");
      const url = await create(fixture, "tus/expired.jpg", 3);
      const headers = { authorization: `Bearer ${await expiredToken(jwtSecret as string)}` };
      const refused = await patch(fixture, url, { offset: 0, body: Buffer.from("abc"), headers });
      expect(refused.status).toBe(400);
      expect(await refused.json()).toMatchObject({
        statusCode: "403",
        message: '"exp" claim timestamp check failed',
      });
      expect((await patch(fixture, url, { offset: 0, body: Buffer.from("abc") })).status).toBe(204);
    });

    test("takes an upload by a signed upload URL's token", async () => {
      const { data } = await fixture.service.createSignedUploadUrl("tus/signed.jpg");
      const headers = { "x-signature": data?.token as string, authorization: undefined };
      const url = locationOf(
        await post(fixture, { name: "tus/signed.jpg", length: 3, headers, path: "/sign" }),
      );
      expect(url).toContain("/upload/resumable/sign/");
      expect((await patch(fixture, url, { offset: 0, body: Buffer.from("abc"), headers })).status).toBe(204);
      expect((await fixture.service.info("tus/signed.jpg")).data?.size).toBe(3);
    });

    test("knows nothing of an upload that was never made", async () => {
      const url = `${fixture.target.url}/storage/v1/upload/resumable/3b241101-e2bb-4255-8caf-4136c566a962`;
      expect((await fetch(url, { method: "HEAD", headers: tusHeaders(fixture) })).status).toBe(404);
    });
  });
}

type HeaderChanges = Record<string, string | undefined>;

interface Creation {
  name: string;
  length: number | null;
  bucket?: string;
  contentType?: string | null;
  headers?: HeaderChanges;
  path?: string;
}

function post(fixture: StorageFixture, creation: Creation): Promise<Response> {
  const {
    name,
    length,
    bucket = fixture.bucketId,
    contentType = "image/jpeg",
    headers,
    path = "",
  } = creation;
  const metadata = { bucketName: bucket, objectName: name, ...(contentType !== null && { contentType }) };
  const encoded = Object.entries(metadata).map(
    ([key, value]) => `${key} ${Buffer.from(value).toString("base64")}`,
  );
  return fetch(`${fixture.target.url}/storage/v1/upload/resumable${path}`, {
    method: "POST",
    headers: tusHeaders(fixture, {
      "upload-metadata": encoded.join(","),
      "upload-length": length === null ? undefined : String(length),
      ...headers,
    }),
  });
}

async function create(fixture: StorageFixture, name: string, length: number): Promise<string> {
  return locationOf(await post(fixture, { name, length }));
}

function locationOf(response: Response): string {
  expect(response.status).toBe(201);
  return new URL(response.headers.get("location") as string, response.url).href;
}

function patch(
  fixture: StorageFixture,
  url: string,
  { offset, body, headers }: { offset: number; body: Buffer; headers?: HeaderChanges },
): Promise<Response> {
  const type = "application/offset+octet-stream";
  return fetch(url, {
    method: "PATCH",
    headers: tusHeaders(fixture, { "upload-offset": String(offset), "content-type": type, ...headers }),
    body: new Uint8Array(body),
  });
}

async function offsetOf(fixture: StorageFixture, url: string): Promise<(string | null)[]> {
  const { headers } = await fetch(url, { method: "HEAD", headers: tusHeaders(fixture) });
  return [headers.get("upload-offset"), headers.get("upload-length")];
}

function tusHeaders(fixture: StorageFixture, changes: HeaderChanges = {}): Record<string, string> {
  const headers = {
    authorization: `Bearer ${fixture.target.serviceRoleKey}`,
    "tus-resumable": "1.0.0",
    ...changes,
  };
  return Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined)) as Record<
    string,
    string
  >;
}

function uploadByTus(fixture: StorageFixture, objectName: string, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    new Upload(bytes, {
      endpoint: `${fixture.target.url}/storage/v1/upload/resumable`,
      headers: { authorization: `Bearer ${fixture.target.serviceRoleKey}` },
      chunkSize: CHUNK_BYTES,
      retryDelays: null,
      metadata: {
        bucketName: fixture.bucketId,
        objectName,
        contentType: "image/jpeg",
        cacheControl: "60",
        metadata: JSON.stringify({ series: "7" }),
      },
      onSuccess: () => resolve(),
      onError: reject,
    }).start();
  });
}
