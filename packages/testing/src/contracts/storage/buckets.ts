import { randomUUID } from "node:crypto";
import { createClient } from "@supabase/supabase-js";
import { describe, expect, test } from "vitest";
import { type StorageTarget, storageClient, useStorage } from "./storage-fixture.ts";

/** Making, changing, emptying and removing buckets. */
export function bucketContract(getTarget: () => StorageTarget): void {
  describe("buckets", () => {
    const fixture = useStorage(getTarget, { fileSizeLimit: "2MB", allowedMimeTypes: ["image/png"] });

    test("shows a bucket with the rules it was made with", async () => {
      const { data } = await storageClient(fixture.target).getBucket(fixture.bucketId);
      expect(data).toMatchObject({
        id: fixture.bucketId,
        name: fixture.bucketId,
        public: false,
        file_size_limit: 2_000_000,
        allowed_mime_types: ["image/png"],
      });
    });

    test("lists it", async () => {
      const { data } = await storageClient(fixture.target).listBuckets({
        search: fixture.bucketId,
        limit: 10,
      });
      expect(data?.map((bucket) => bucket.id)).toEqual([fixture.bucketId]);
    });

    test("refuses a second bucket of the name", async () => {
      const { error } = await storageClient(fixture.target).createBucket(fixture.bucketId);
      expect(error).toMatchObject({ status: 400, statusCode: "409", message: "The resource already exists" });
    });

    test("refuses a name that is no bucket name", async () => {
      const { error } = await storageClient(fixture.target).createBucket(`a/${randomUUID()}`);
      expect(error).toMatchObject({ status: 400, code: "InvalidBucketName" });
    });

    test("changes the rules that are given and keeps the others", async () => {
      const storage = storageClient(fixture.target);
      expect(
        (await storage.updateBucket(fixture.bucketId, { public: false, fileSizeLimit: 1000 })).error,
      ).toBeNull();
      const { data } = await storage.getBucket(fixture.bucketId);
      expect(data).toMatchObject({ file_size_limit: 1000, allowed_mime_types: ["image/png"] });
    });

    test("answers NoSuchBucket for one that is not there", async () => {
      const { error } = await storageClient(fixture.target).getBucket(`missing-${randomUUID()}`);
      expect(error).toMatchObject({ status: 400, statusCode: "404", message: "Bucket not found" });
    });

    test("keeps anon from making, seeing and removing buckets", async () => {
      const { url, anonKey } = fixture.target;
      const anon = createClient(url, anonKey, { auth: { persistSession: false } }).storage;
      expect((await anon.createBucket(`anon-${randomUUID()}`)).error).toMatchObject({ statusCode: "403" });
      expect((await anon.getBucket(fixture.bucketId)).error).toMatchObject({ statusCode: "404" });
      expect((await anon.listBuckets()).data).toEqual([]);
      expect((await anon.deleteBucket(fixture.bucketId)).error).toMatchObject({ status: 400 });
    });

    test("refuses to remove a bucket that holds objects, and does it once emptied", async () => {
      const storage = storageClient(fixture.target);
      const id = `contract-${randomUUID()}`;
      await storage.createBucket(id, { public: false });
      await storage.from(id).upload("kept.txt", "x", { contentType: "text/plain" });
      expect((await storage.deleteBucket(id)).error).toMatchObject({ status: 400, statusCode: "409" });
      expect((await storage.emptyBucket(id)).error).toBeNull();
      await expect.poll(async () => (await storage.from(id).list()).data).toEqual([]);
      expect((await storage.deleteBucket(id)).data).toEqual({ message: "Successfully deleted" });
    });
  });
}
