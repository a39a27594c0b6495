import { afterAll, beforeAll, expect, test } from "vitest";
import { createPilabAuth, createPilabClient, type PilabClient } from "../src/index.ts";
import { type Project, startProject } from "./start-project.ts";

let project: Project;
let viewer: PilabClient;
let token: string;

beforeAll(async () => {
  project = await startProject();
  const signedIn = await auth().signIn(project.supabase.admin.email, project.supabase.admin.password);
  token = signedIn.accessToken;
  viewer = project.client({ accessToken: token });
}, 120_000);
afterAll(() => project?.stop());

const auth = () =>
  createPilabAuth({ url: project.supabase.url, key: project.supabase.anonKey, retry: { maxAttempts: 1 } });

test("a person signs in, is known by the token, renews the session and signs out", async () => {
  const { email, password } = project.supabase.admin;
  const session = await auth().signIn(email, password);
  expect(await auth().account(session.accessToken)).toMatchObject({
    email,
    app_metadata: { pilab_role: "admin" },
  });
  const renewed = await auth().refresh(session.refreshToken);
  expect(await auth().account(renewed.accessToken)).toMatchObject({ email });
  await auth().signOut(renewed.accessToken);
  await expect(auth().refresh(renewed.refreshToken)).rejects.toMatchObject({ code: "not_signed_in" });
});

test("a person sets a password, which ends the other sessions and not this one", async () => {
  const { email, password } = project.supabase.admin;
  const other = await auth().signIn(email, password);
  const own = await auth().signIn(email, password);
  await expect(auth().setPassword(own.accessToken, "short")).rejects.toMatchObject({ code: "invalid_input" });
  await auth().setPassword(own.accessToken, "a-new-password-of-the-lab");
  await auth().signOut(own.accessToken, "others");
  await expect(auth().refresh(other.refreshToken)).rejects.toMatchObject({ code: "not_signed_in" });
  await expect(auth().signIn(email, password)).rejects.toMatchObject({ code: "not_signed_in" });
  const renewed = await auth().refresh(own.refreshToken);
  expect(await auth().account(renewed.accessToken)).toMatchObject({ email });
  await auth().setPassword(renewed.accessToken, password);
  await auth().signIn(email, password);
  // Each is in the audit log, told by the person: the one that Auth refused with that it did.
  const { id } = await auth().account(renewed.accessToken);
  const { entries } = await viewer.audit.list({ objectId: id, limit: 10 });
  const told = entries.toReversed().map(({ action, details }) => [action, details]);
  expect(told).toEqual([
    ["account.password_changed", {}],
    ["account.change_failed", { change: "password_changed" }],
    ["account.password_changed", {}],
    ["account.password_changed", {}],
  ]);
  for (const { actor, actor_claimed } of entries) expect([actor, actor_claimed]).toEqual([id, false]);
  expect(new Set(entries.map(({ correlation_id }) => correlation_id)).size).toBe(3);
});

test("a password that the audit log cannot be told of stays as it is", async () => {
  const { email, password } = project.supabase.admin;
  const { accessToken } = await auth().signIn(email, password);
  const { proxy, supabase } = project;
  proxy.inject({ path: /rpc/, fault: { kind: "answer", status: 403, body: {} } });
  const changed = createPilabAuth({ url: proxy.url, key: supabase.anonKey }).setPassword(
    accessToken,
    "another",
  );
  await expect(changed).rejects.toMatchObject({ details: { changed: false } });
  proxy.reset();
  await auth().signIn(email, password);
});

test("a wrong password and a token of nobody's are not_signed_in", async () => {
  await expect(auth().signIn(project.supabase.admin.email, "wrong")).rejects.toMatchObject({
    code: "not_signed_in",
  });
  await expect(auth().account("a.b.c")).rejects.toMatchObject({ code: "not_signed_in" });
});

test("an arrival is told of once, and a burst at most once in the time given", {
  timeout: 60_000,
}, async () => {
  const { pilab } = await project.device();
  const stop = new AbortController();
  // The proxy of the project passes no WebSocket on.
  const { url, anonKey: key } = project.supabase;
  const direct = createPilabClient({ url, key, accessToken: token });
  const events = direct.live.changes({ signal: stop.signal, gatherMs: 300 });
  expect((await events.next()).value).toEqual({ kind: "connected" });

  await pilab.captures.uploadAndLog(await project.picture());
  expect((await events.next()).value).toEqual({ kind: "changed", tables: ["capture_batches"] });

  const startedMs = performance.now();
  let reports = 0;
  const burst = (async () => {
    for (; reports < 60; reports += 1) await pilab.device.reportStatus({ state: "uploading" });
    return performance.now() - startedMs;
  })();
  let told = 0;
  const listening = (async () => {
    for await (const event of events) if (event.kind === "changed") told += 1;
  })();
  const burstMs = await burst;
  await expect.poll(() => told).toBeGreaterThan(0);
  stop.abort();
  await listening;
  await direct.close();
  expect(told).toBeLessThanOrEqual(Math.ceil(burstMs / 300) + 2);
});

test("a capture is opened whole, in part, and as its thumbnail; what has no object is not_found", async () => {
  const { pilab } = await project.device();
  const bytes = await project.picture();
  const { captureId } = await pilab.captures.uploadAndLog(bytes);
  const capture = await viewer.captures.get(captureId as string);
  const read = async (options?: Parameters<typeof viewer.captures.open>[1]) => {
    const opened = await viewer.captures.open(capture, options);
    return { ...opened, bytes: Buffer.concat(await opened.body.toArray()) };
  };

  expect((await read()).bytes.equals(bytes)).toBe(true);
  expect(await read({ range: "bytes=10-19" })).toMatchObject({
    status: 206,
    headers: { "content-length": "10", "content-range": `bytes 10-19/${bytes.length}` },
    bytes: bytes.subarray(10, 20),
  });
  expect((await read({ thumbnail: true })).bytes.subarray(8, 12).toString()).toBe("WEBP");
  const gone = { ...capture, object_path: `${capture.object_path}.gone.jpg` };
  await expect(viewer.captures.open(gone)).rejects.toMatchObject({ code: "not_found" });
});
