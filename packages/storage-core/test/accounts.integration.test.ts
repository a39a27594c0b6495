import { randomUUID } from "node:crypto";
import { startTestSupabase, type TestSupabase } from "@pilab/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createPilabAuth, createPilabClient, type PilabClient, programEmail } from "../src/index.ts";

describe.each(["pglite", "postgres"] as const)("accounts on %s", { timeout: 60_000 }, (engine) => {
  const actor = randomUUID();
  let supabase: TestSupabase;
  let service: PilabClient;

  beforeAll(async () => {
    supabase = await startTestSupabase({ engine });
    service = createPilabClient({ url: supabase.url, serviceKey: supabase.serviceRoleKey, actor });
  }, 120_000);
  afterAll(async () => {
    await service?.close();
    await supabase?.stop();
  });

  const auth = () => createPilabAuth({ url: supabase.url, key: supabase.anonKey, retry: { maxAttempts: 1 } });
  const changesOf = async (objectId: string) => {
    const { entries } = await service.audit.list({ objectType: "account", objectId });
    return entries.toReversed();
  };
  const email = (name: string) => `${name}-${randomUUID().slice(0, 8)}@lab.test`;

  test("who is invited signs in with the password shown, under the role given", async () => {
    const { person, password } = await service.people.create({ email: email("Ada"), role: "operator" });
    expect(person).toMatchObject({ role: "operator", program: false, last_sign_in_at: null });
    expect(person.email).toMatch(/^ada-/);
    const { accessToken } = await auth().signIn(person.email, password);
    expect(await auth().account(accessToken)).toMatchObject({ app_metadata: { pilab_role: "operator" } });
    const listed = (await service.people.list()).find(({ id }) => id === person.id);
    expect(listed).toEqual({ ...person, last_sign_in_at: expect.any(String) });
    expect(await changesOf(person.id)).toMatchObject([
      { action: "account.created", actor, actor_claimed: true, details: { role: "operator" } },
    ]);
  });

  test("an address is used once; a bad one and a role that there is not are refused", async () => {
    const ada = { email: email("ada"), role: "viewer" } as const;
    await service.people.create(ada);
    await expect(service.people.create(ada)).rejects.toMatchObject({ code: "already_exists" });
    await expect(service.people.create({ ...ada, email: "ada" })).rejects.toMatchObject({
      code: "invalid_input",
    });
    const owner = { email: email("x"), role: "owner" as "admin" };
    await expect(service.people.create(owner)).rejects.toMatchObject({ code: "invalid_input" });
  });

  test("devices are no people: not listed, and not to be changed as such", async () => {
    const { device } = await service.devices.create({ slug: `pi-${randomUUID().slice(0, 8)}` });
    const account = device.user_id as string;
    expect((await service.people.list()).map(({ id }) => id)).not.toContain(account);
    await expect(service.people.setRole(account, "admin")).rejects.toMatchObject({ code: "not_found" });
    await expect(service.people.remove(account)).rejects.toMatchObject({ code: "not_found" });
    await expect(service.people.setPassword(account)).rejects.toMatchObject({ code: "not_found" });
  });

  test("a role that changes is in the next token, and both roles are in the audit log", async () => {
    const { person, password } = await service.people.create({ email: email("bob"), role: "viewer" });
    const before = await auth().signIn(person.email, password);
    expect(await service.people.setRole(person.id, "operator")).toMatchObject({ role: "operator" });
    const after = await auth().refresh(before.refreshToken);
    const claims = JSON.parse(Buffer.from(after.accessToken.split(".")[1] as string, "base64url").toString());
    expect(claims.app_metadata.pilab_role).toBe("operator");
    await service.people.setRole(person.id, "operator");
    expect(await changesOf(person.id)).toMatchObject([
      { action: "account.created" },
      { action: "account.role_changed", details: { from: "viewer", to: "operator" } },
    ]);
  });

  test("the last admin stays one", async () => {
    const { admin } = supabase;
    const first = (await service.people.list()).find((each) => each.email === admin.email);
    const id = first?.id as string;
    await expect(service.people.setRole(id, "viewer")).rejects.toMatchObject({ code: "conflict" });
    await expect(service.people.remove(id)).rejects.toMatchObject({ code: "conflict" });
    const second = await service.people.create({ email: email("eve"), role: "admin" });
    expect(await service.people.setRole(id, "viewer")).toMatchObject({ role: "viewer" });
    await service.people.setRole(id, "admin");
    await service.people.remove(second.person.id);
  });

  test("a new password ends the old one and the sessions that it opened", async () => {
    const { person, password } = await service.people.create({ email: email("cyd"), role: "viewer" });
    const { refreshToken } = await auth().signIn(person.email, password);
    const renewed = await service.people.setPassword(person.id);
    await expect(auth().signIn(person.email, password)).rejects.toMatchObject({ code: "not_signed_in" });
    await expect(auth().refresh(refreshToken)).rejects.toMatchObject({ code: "not_signed_in" });
    await auth().signIn(person.email, renewed.password);
    expect((await changesOf(person.id)).map(({ action }) => action)).toEqual([
      "account.created",
      "account.password_set",
    ]);
    expect(JSON.stringify(await changesOf(person.id))).not.toContain(renewed.password);
  });

  test("who is removed signs in no more, and the audit log keeps who it was", async () => {
    const { person, password } = await service.people.create({
      email: programEmail("plots"),
      role: "viewer",
    });
    expect(person.program).toBe(true);
    const { refreshToken } = await auth().signIn(person.email, password);
    await service.people.remove(person.id);
    await expect(auth().signIn(person.email, password)).rejects.toMatchObject({ code: "not_signed_in" });
    await expect(auth().refresh(refreshToken)).rejects.toMatchObject({ code: "not_signed_in" });
    expect((await changesOf(person.id)).at(-1)).toMatchObject({
      action: "account.removed",
      details: { email: person.email, role: "viewer" },
    });
    await expect(service.people.remove(person.id)).rejects.toMatchObject({ code: "not_found" });
  });

  test("a device's new password is the only one that works, and stands in the audit log as the device's", async () => {
    const { device, credentials } = await service.devices.create({ slug: `pi-${randomUUID().slice(0, 8)}` });
    const renewed = await service.devices.renewCredentials(device.id);
    expect(renewed.credentials.email).toBe(credentials.email);
    const { email: address } = credentials;
    await expect(auth().signIn(address, credentials.password)).rejects.toMatchObject({
      code: "not_signed_in",
    });
    await auth().signIn(address, renewed.credentials.password);
    expect(await changesOf(device.user_id as string)).toMatchObject([
      { action: "account.password_set", device_id: device.id, actor },
    ]);
    await service.devices.retire(device.id);
    await expect(service.devices.renewCredentials(device.id)).rejects.toMatchObject({ code: "conflict" });
    await expect(service.devices.renewCredentials(randomUUID())).rejects.toMatchObject({ code: "not_found" });
  });

  test("without the service key none of it works, for admins either", async () => {
    const { accessToken } = await auth().signIn(supabase.admin.email, supabase.admin.password);
    const admin = createPilabClient({ url: supabase.url, key: supabase.anonKey, accessToken });
    const id = randomUUID();
    const calls = [
      () => admin.people.list(),
      () => admin.people.create({ email: email("x"), role: "viewer" }),
      () => admin.people.setRole(id, "viewer"),
      () => admin.people.setPassword(id),
      () => admin.people.remove(id),
      () => admin.devices.renewCredentials(id),
    ];
    for (const call of calls) await expect(call()).rejects.toMatchObject({ code: "forbidden" });
    await admin.close();
  });
});
