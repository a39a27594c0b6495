import { randomUUID } from "node:crypto";
import { createClient } from "@supabase/supabase-js";
import { SignJWT } from "jose";
import { afterAll, beforeAll, expect, vi } from "vitest";
import type { ContractTarget } from "../../test-target.ts";

/** The secret is needed only to forge expired tokens; where it is unknown those tests are skipped. */
export interface StorageTarget extends ContractTarget {
  jwtSecret?: string;
}

/** Rules of the bucket that a fixture makes. */
export interface BucketOptions {
  public?: boolean;
  fileSizeLimit?: number | string;
  allowedMimeTypes?: string[];
}

/** A bucket of one suite's own, and ways to reach it. */
export interface StorageFixture {
  bucketId: string;
  /** supabase-js on the bucket, with the service key or the anon key. */
  service: ReturnType<typeof bucketClient>;
  anon: ReturnType<typeof bucketClient>;
  target: StorageTarget;
  /** A plain request below `/storage/v1`, by the service key unless `authorization` says otherwise. */
  request(path: string, init?: RequestInit & { authorization?: string | null }): Promise<Response>;
}

/** Makes a bucket before the suite's tests and removes it, with what is in it, after them. */
export function useStorage(getTarget: () => StorageTarget, options: BucketOptions = {}): StorageFixture {
  const fixture = { bucketId: `contract-${randomUUID()}` } as StorageFixture;
  beforeAll(async () => {
    const target = getTarget();
    fixture.target = target;
    fixture.service = bucketClient(target.url, target.serviceRoleKey, fixture.bucketId);
    fixture.anon = bucketClient(target.url, target.anonKey, fixture.bucketId);
    fixture.request = (path, { authorization = `Bearer ${target.serviceRoleKey}`, ...init } = {}) => {
      const headers = new Headers(init.headers);
      if (authorization !== null) headers.set("authorization", authorization);
      return fetch(`${target.url}/storage/v1${path}`, { ...init, headers });
    };
    const { error } = await storageClient(target).createBucket(fixture.bucketId, {
      public: false,
      ...options,
    });
    expect(error).toBeNull();
  });
  afterAll(async () => {
    const storage = storageClient(getTarget());
    await storage.emptyBucket(fixture.bucketId);
    // A hosted server empties in the background.
    await vi.waitFor(
      async () => {
        expect((await storage.deleteBucket(fixture.bucketId)).error).toBeNull();
      },
      { timeout: 30_000, interval: 500 },
    );
  });
  return fixture;
}

/** supabase-js's buckets API with the service key. */
export function storageClient({ url, serviceRoleKey }: StorageTarget) {
  return createClient(url, serviceRoleKey, { auth: { persistSession: false } }).storage;
}

function bucketClient(url: string, key: string, bucketId: string) {
  return createClient(url, key, { auth: { persistSession: false } }).storage.from(bucketId);
}

/** A token of service_role that was good until an hour ago. */
export function expiredToken(jwtSecret: string): Promise<string> {
  const hourAgo = Math.floor(Date.now() / 1000) - 3600;
  return new SignJWT({ role: "service_role" })
    .setProtectedHeader({ alg: "HS256" })
    .setExpirationTime(hourAgo)
    .sign(Buffer.from(jwtSecret));
}

/** A body of chunks without Content-Length, as a stream uploads it. */
export function chunked(chunkCount: number, chunkBytes: number): RequestInit {
  let left = chunkCount;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (left-- > 0) controller.enqueue(new Uint8Array(chunkBytes));
      else controller.close();
    },
  });
  return { method: "POST", body, duplex: "half" } as RequestInit;
}

/** Asserts the body of a refusal, field by field; the real server adds nothing else. */
export async function expectRefusal(
  response: Response,
  refusal: { statusCode: string; code: string; message: string },
): Promise<void> {
  const body: unknown = await response.json();
  expect(body).toMatchObject(refusal);
  expect(body).toHaveProperty("error", expect.any(String));
  expect(response.status).toBe(refusal.statusCode === "500" ? 500 : 400);
}
