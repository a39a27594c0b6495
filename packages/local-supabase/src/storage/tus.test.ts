import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type StorageTestServer, startStorageTestServer } from "./storage-test-server.ts";

let server: StorageTestServer;
let authorization: string;

beforeAll(async () => {
  server = await startStorageTestServer();
  authorization = `Bearer ${await server.token({ role: "service_role" })}`;
  await fetch(`${server.url}/storage/v1/bucket`, {
    method: "POST",
    headers: { authorization, "content-type": "application/json" },
    body: JSON.stringify({ name: "tus" }),
  });
}, 60_000);
afterAll(() => server.stop());

test("an upload older than a day answers 410", async () => {
  const url = await create("expired.jpg");
  const path = join(server.filesDir, ".tus", `${url.split("/").at(-1)}.json`);
  const config = JSON.parse(await readFile(path, "utf8")) as object;
  await writeFile(
    path,
    JSON.stringify({ ...config, creation_date: new Date(Date.now() - 25 * 3_600_000).toISOString() }),
  );
  expect((await tus(url, { method: "HEAD" })).status).toBe(410);
  expect((await patch(url, "abc")).status).toBe(410);
});

test("an upload that survives a restart goes on where it was", async () => {
  const { pathname } = new URL(await create("restart.jpg"));
  expect((await patch(server.url + pathname, "a")).status).toBe(204);
  await server.restart();
  const head = await tus(server.url + pathname, { method: "HEAD" });
  expect(head.headers.get("upload-offset")).toBe("1");
  expect((await patch(server.url + pathname, "bc", 1)).status).toBe(204);
  expect(await content("restart.jpg")).toBe("abc");
});

test("of two resumable uploads of one name the second to finish is refused, and is gone", async () => {
  const [first, second] = [await create("twice.jpg"), await create("twice.jpg")];
  const statuses = await Promise.all(
    [patch(first, "abc"), patch(second, "abc")].map(async (answer) => (await answer).status),
  );
  expect(statuses.sort()).toEqual([204, 409]);
  const heads = await Promise.all(
    [first, second].map(async (url) => (await tus(url, { method: "HEAD" })).status),
  );
  expect(heads.sort()).toEqual([200, 404].sort());
});

test("HEAD says offset = length only when the object is there", async () => {
  const url = await create("finishing.jpg");
  const patched = patch(url, "abc");
  const offset = async () => (await tus(url, { method: "HEAD" })).headers.get("upload-offset");
  await expect.poll(offset, { interval: 1 }).toBe("3");
  expect(await content("finishing.jpg")).toBe("abc");
  expect((await patched).status).toBe(204);
});

test("an upload can be given up", async () => {
  const url = await create("given-up.jpg");
  expect((await tus(url, { method: "DELETE" })).status).toBe(204);
  expect((await tus(url, { method: "HEAD" })).status).toBe(404);
  expect((await readdir(join(server.filesDir, ".tus"))).filter((name) => url.includes(name))).toEqual([]);
});

test("a body larger than announced is refused", async () => {
  const response = await patch(await create("overrun.jpg"), "abcdef");
  expect(response.status).toBe(413);
});

async function create(name: string): Promise<string> {
  const metadata = Object.entries({ bucketName: "tus", objectName: name, contentType: "image/jpeg" });
  const response = await tus(`${server.url}/storage/v1/upload/resumable`, {
    method: "POST",
    headers: {
      "upload-length": "3",
      "upload-metadata": metadata
        .map(([key, value]) => `${key} ${Buffer.from(value).toString("base64")}`)
        .join(","),
    },
  });
  expect(response.status).toBe(201);
  return response.headers.get("location") as string;
}

function patch(url: string, body: string, offset = 0): Promise<Response> {
  const type = "application/offset+octet-stream";
  return tus(url, {
    method: "PATCH",
    body,
    headers: { "upload-offset": String(offset), "content-type": type },
  });
}

function tus(url: string, init: RequestInit): Promise<Response> {
  return fetch(url, {
    ...init,
    headers: { authorization, "tus-resumable": "1.0.0", ...(init.headers as object) },
  });
}

async function content(name: string): Promise<string> {
  return (await fetch(`${server.url}/storage/v1/object/tus/${name}`, { headers: { authorization } })).text();
}
