import { randomUUID } from "node:crypto";
import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type StorageTestServer, startStorageTestServer } from "./storage-test-server.ts";

let server: StorageTestServer;
const own = randomUUID();
const other = randomUUID();
let device: ReturnType<SupabaseClient["storage"]["from"]>;
let service: typeof device;

beforeAll(async () => {
  server = await startStorageTestServer();
  const admin = createClient(server.url, await server.token({ role: "service_role" })).storage;
  await admin.createBucket("rls");
  service = admin.from("rls");
  device = await deviceOf(own);
}, 60_000);
afterAll(() => server.stop());
beforeEach(async () => {
  await server.engine.exec(
    ["insert", "select", "update", "delete"]
      .map((action) => `drop policy if exists p_${action} on storage.objects;`)
      .join(""),
  );
});

const OWN_FOLDER = "bucket_id = 'rls' and (storage.foldername(name))[1] = auth.uid()::text";

test("INSERT alone lets a device upload into its own folder, and tells it of a name that is taken", async () => {
  await allow("insert", OWN_FOLDER);
  expect((await device.upload(`${own}/a.jpg`, "x")).error).toBeNull();
  expect((await device.upload(`${own}/a.jpg`, "x")).error).toMatchObject({ code: "KeyAlreadyExists" });
  for (const name of [`${other}/a.jpg`, `${own.toUpperCase()}/a.jpg`, "root.jpg"]) {
    expect((await device.upload(name, "x")).error).toMatchObject({ statusCode: "403", code: "AccessDenied" });
  }
  expect((await service.list(other)).data).toEqual([]);
});

test("the uploader owns the object", async () => {
  await allow("insert", OWN_FOLDER);
  await device.upload(`${own}/owned.jpg`, "x");
  const { rows } = await server.engine.transaction((tx) =>
    tx.query("select owner, owner_id from storage.objects where name = $1", [`${own}/owned.jpg`]),
  );
  expect(rows).toEqual([{ owner: own, owner_id: own }]);
});

test("upsert asks for INSERT and SELECT, and for UPDATE where the object exists", async () => {
  const upsert = (name: string) => device.upload(`${own}/${name}`, "new", { upsert: true });
  await allow("insert", OWN_FOLDER);
  expect((await upsert("upsert-1.jpg")).error).toMatchObject({ code: "AccessDenied" });
  await allow("select", OWN_FOLDER);
  expect((await upsert("upsert-2.jpg")).error).toBeNull();
  expect((await upsert("upsert-2.jpg")).error).toMatchObject({ code: "AccessDenied" });
  await allow("update", OWN_FOLDER);
  expect((await upsert("upsert-2.jpg")).error).toBeNull();
});

test("remove asks for DELETE and SELECT; else nothing goes and the answer is []", async () => {
  await service.upload(`${own}/remove.jpg`, "x", { upsert: true });
  await allow("select", OWN_FOLDER);
  expect((await device.remove([`${own}/remove.jpg`])).data).toEqual([]);
  await allow("delete", OWN_FOLDER);
  expect((await device.remove([`${own}/remove.jpg`])).data).toHaveLength(1);
});

test("a move asks for UPDATE, and keeps an object inside the folder that policies allow", async () => {
  await service.upload(`${own}/move.jpg`, "x", { upsert: true });
  await allow("select", OWN_FOLDER);
  expect((await device.move(`${own}/move.jpg`, `${own}/moved.jpg`)).error).toMatchObject({
    statusCode: "404",
  });
  await allow("update", OWN_FOLDER);
  expect((await device.move(`${own}/move.jpg`, `${other}/moved.jpg`)).error).toMatchObject({
    statusCode: "403",
  });
  expect((await device.move(`${own}/move.jpg`, `${own}/moved.jpg`)).error).toBeNull();
  expect(await (await device.download(`${own}/moved.jpg`)).data?.text()).toBe("x");
});

test("policies can read the size, the type and the client's metadata before a byte comes", async () => {
  await allow(
    "insert",
    `${OWN_FOLDER} and (metadata ->> 'contentLength')::int <= 5 and user_metadata ->> 'series' = 's1'`,
  );
  const upload = (name: string, body: string, series: string) =>
    device.upload(`${own}/${name}`, body, { metadata: { series } });
  expect((await upload("ok.jpg", "12345", "s1")).error).toBeNull();
  expect((await upload("large.jpg", "123456", "s1")).error).toMatchObject({ code: "AccessDenied" });
  expect((await upload("series.jpg", "12345", "s2")).error).toMatchObject({ code: "AccessDenied" });
});

test("a sub that is no UUID is InvalidParameter to policies that call auth.uid()", async () => {
  await allow("insert", OWN_FOLDER);
  const { error } = await (await deviceOf("not-a-uuid")).upload("x/a.jpg", "x");
  expect(error).toMatchObject({ status: 400, statusCode: "400", code: "InvalidParameter" });
});

test("a token whose role is none of the API's is a DatabaseError", async () => {
  const token = await server.token({ role: "postgres" });
  const { error } = await createClient(server.url, token).storage.from("rls").upload("a.jpg", "x");
  expect(error).toMatchObject({ status: 500, statusCode: "500", code: "DatabaseError" });
});

test("SQL cannot delete objects or buckets, not even as superuser", async () => {
  for (const table of ["objects", "buckets"]) {
    await expect(server.engine.exec(`delete from storage.${table}`)).rejects.toMatchObject({
      code: "42501",
      message: "Direct deletion from storage tables is not allowed. Use the Storage API instead.",
    });
  }
});

function allow(action: "insert" | "select" | "update" | "delete", condition: string): Promise<void> {
  const clause = action === "insert" ? `with check (${condition})` : `using (${condition})`;
  return server.engine.exec(
    `create policy p_${action} on storage.objects for ${action} to authenticated ${clause}`,
  );
}

async function deviceOf(sub: string) {
  const token = await server.token({ role: "authenticated", sub });
  return createClient(server.url, token, { auth: { persistSession: false } }).storage.from("rls");
}
