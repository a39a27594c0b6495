import { createPilabAuth } from "@pilab/storage-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type Project, startProject } from "../../../test/project.ts";
import { changePassword } from "./change-password.ts";
import { isOutdated } from "./outdated.ts";

let project: Project;
beforeAll(async () => {
  project = await startProject();
});
afterEach(() => project.wire.reset());
afterAll(() => project?.stop());

const auth = () => createPilabAuth({ url: project.supabase.url, key: project.supabase.anonKey });
const newPassword = "a-new-one-of-mine";

test("a password is changed by who knows the present one; the other sessions end, the new one goes on", async () => {
  const { identity, session, email, password } = await project.person("viewer");
  const changed = await changePassword(identity, { currentPassword: password, newPassword });
  if (!("session" in changed)) throw new Error(changed.message);
  expect(changed.othersEnded).toBe(true);
  await expect(auth().refresh(session.refreshToken)).rejects.toMatchObject({ code: "not_signed_in" });
  expect(isOutdated(session.accessToken)).toBe(true);
  await auth().refresh(changed.session.refreshToken);
  await expect(auth().signIn(email, password)).rejects.toMatchObject({ code: "not_signed_in" });
  await auth().signIn(email, newPassword);
});

test.each([
  ["nine", "short-one", "new", "At least 10 characters"],
  ["one that its hash would cut", "ü".repeat(37), "new", "At most 72 bytes"],
])("%s is refused before anybody is asked", async (_, tried, field, words) => {
  const { identity, password } = await project.person("viewer");
  const answer = await changePassword(identity, { currentPassword: password, newPassword: tried });
  expect(answer).toMatchObject({ field, message: expect.stringContaining(words) });
  expect(project.wire.requests).toEqual([]);
});

test("who does not know the password changes nothing, and may not guess for long", async () => {
  const { identity, email, password } = await project.person("viewer");
  const guess = (at: number) => changePassword(identity, { currentPassword: `guess-${at}`, newPassword });
  for (let at = 0; at < 5; at += 1)
    expect(await guess(at)).toEqual({ field: "current", message: "This is not your password." });
  expect(await guess(5)).toMatchObject({ field: "current", message: expect.stringContaining("Too many") });
  expect(project.wire.requests).toHaveLength(5);
  await auth().signIn(email, password);
});

test("what Supabase says of a password is passed on, and the session that asked is ended", async () => {
  const { identity, password } = await project.person("viewer");
  const body = { code: 422, error_code: "weak_password", msg: "Password is known to be weak" };
  project.wire.inject({ method: "PUT", fault: { kind: "answer", status: 422, body } });
  expect(await changePassword(identity, { currentPassword: password, newPassword })).toEqual({
    field: "new",
    message: "Supabase does not take it: Password is known to be weak",
  });
  expect(project.wire.requests.at(-1)?.path).toContain("/logout?scope=local");
});

test("a password that the audit log was not told of is not changed", async () => {
  const { identity, email, password } = await project.person("viewer");
  project.wire.inject({ path: /rpc/, fault: { kind: "answer", status: 500, body: {} } });
  const answer = await changePassword(identity, { currentPassword: password, newPassword });
  expect(answer).toMatchObject({ field: null, message: expect.stringContaining("nothing is changed") });
  project.wire.reset();
  await auth().signIn(email, password);
});

test("a Supabase that went away half way is told of as what it is: nobody knows", async () => {
  const { identity, password } = await project.person("viewer");
  project.wire.inject({ method: "PUT", fault: { kind: "drop-answer" } });
  const answer = await changePassword(identity, { currentPassword: password, newPassword });
  expect(answer).toMatchObject({ field: null, message: expect.stringContaining("not known") });
  expect(project.wire.requests.filter(({ method }) => method === "PUT")).toHaveLength(1);
});
