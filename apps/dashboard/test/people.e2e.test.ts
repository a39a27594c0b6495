import { createPilabClientFromEnvironment } from "@pilab/storage-core";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Person } from "./account.ts";
import { seriousFaults } from "./axe.ts";
import { type DashboardLab, signIn, startDashboardLab } from "./lab.ts";

let lab: DashboardLab;
let page: Page & { problems: string[] };

beforeAll(async () => {
  lab = await startDashboardLab();
  await lab.device("dish-cam");
  page = await lab.open(lab.supabase.admin);
});
afterAll(() => lab?.stop());

const rowOf = (email: string) => page.getByRole("row", { name: email });

/** What the page shows once of a person's account. */
async function shownPassword(email: string): Promise<string> {
  const text = await page.getByLabel(`Credentials of ${email}`, { exact: true }).textContent();
  return /Password: (\S+)/.exec(text ?? "")?.[1] as string;
}

async function invite(email: string, role: "Viewer" | "Operator" | "Admin"): Promise<Person> {
  await page.goto("/people");
  await page.getByRole("button", { name: "Invite somebody" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("E-mail").fill(email);
  await dialog.getByRole("combobox", { name: "Role" }).click();
  await page.getByRole("option", { name: role }).click();
  await dialog.getByRole("button", { name: "Make the account" }).click();
  await dialog.getByText("Shown this once").waitFor();
  const password = await shownPassword(email);
  await dialog.getByRole("button", { name: "I have kept it" }).click();
  await rowOf(email).waitFor();
  return { email, password };
}

async function setRole(email: string, role: string): Promise<void> {
  await page.getByRole("combobox", { name: `Role of ${email}` }).click();
  await page.getByRole("option", { name: role }).click();
}

test("lists people and no devices, and nothing serious is wrong with it", async () => {
  await page.goto("/people");
  await rowOf(lab.supabase.admin.email).getByText("You").waitFor();
  expect(await page.getByRole("row").count()).toBe(2);
  expect(await page.content()).not.toContain("devices.pilab.invalid");
  expect(await seriousFaults(page)).toEqual([]);
  await page.getByRole("button", { name: "Invite somebody" }).click();
  await page.getByRole("dialog").getByLabel("E-mail").waitFor();
  expect(await seriousFaults(page)).toEqual([]);
});

test("who is invited signs in with the password shown, sees what a viewer sees and is refused the rest", async () => {
  const viewer = await invite("ada@lab.test", "Viewer");
  const theirs = await lab.open();
  await signIn(theirs, viewer);
  await theirs.getByRole("heading", { name: "Overview" }).waitFor();
  expect(await theirs.getByRole("link", { name: "People" }).count()).toBe(0);
  await theirs.goto("/people");
  await theirs.getByText("This page is for admins").waitFor();
  expect((await theirs.request.get("/api/trpc/people.list")).status()).toBe(403);
  const id = "00000000-0000-4000-8000-000000000000";
  for (const [call, data] of [
    ["invite", { email: "eve@lab.test", role: "admin" }],
    ["addProgram", { name: "eve" }],
    ["setRole", { id, role: "admin" }],
    ["setPassword", { id }],
    ["remove", { id }],
  ] as const) {
    const answer = await theirs.request.post(`/api/trpc/people.${call}`, { data });
    expect([call, answer.status()]).toEqual([call, 403]);
  }
  expect((await lab.service.people.list()).map(({ email }) => email)).not.toContain("eve@lab.test");
});

test("an address that is taken is said to be, and nothing is lost of what was typed", async () => {
  await page.goto("/people");
  await page.getByRole("button", { name: "Invite somebody" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("E-mail").fill(lab.supabase.admin.email);
  await dialog.getByRole("button", { name: "Make the account" }).click();
  await dialog.getByRole("alert").getByText("There is one with this address").waitFor();
  expect(await dialog.getByLabel("E-mail").inputValue()).toBe(lab.supabase.admin.email);
});

test("a role that changes takes effect at the next click of who is signed in, up and down", async () => {
  const person = await invite("bob@lab.test", "Viewer");
  const theirs = await lab.open(person);
  const status = async () => (await theirs.request.get("/api/trpc/people.list")).status();
  expect(await status()).toBe(403);
  await setRole(person.email, "Admin");
  await page.getByText("bob@lab.test is admin now").waitFor();
  expect(await status()).toBe(200);
  await theirs.goto("/");
  await theirs.getByRole("link", { name: "People" }).waitFor();
  await setRole(person.email, "Operator");
  await page.getByText("bob@lab.test is operator now").waitFor();
  expect(await status()).toBe(403);
  const bob = (await lab.service.people.list()).find(({ email }) => email === person.email);
  const { entries } = await lab.service.audit.list({ objectType: "account", objectId: bob?.id });
  const admin = (await lab.service.people.list()).find(({ email }) => email === lab.supabase.admin.email);
  expect(entries.map(({ action, actor }) => [action, actor])).toEqual([
    ["account.role_changed", admin?.id],
    ["account.role_changed", admin?.id],
    ["account.created", admin?.id],
  ]);
});

test("the last admin can neither step down nor be removed", async () => {
  const { email } = lab.supabase.admin;
  await page.goto("/people");
  await setRole(email, "Viewer");
  await page.getByText("is the last admin").waitFor();
  expect(await page.getByRole("combobox", { name: `Role of ${email}` }).inputValue()).toBe("Admin");
  await rowOf(email).getByRole("button", { name: "Remove" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await page.getByRole("dialog").getByText("is the last admin").waitFor();
});

test("a new password is shown once, ends the old one and every session", async () => {
  const person = await invite("cyd@lab.test", "Operator");
  const theirs = await lab.open(person);
  await rowOf(person.email).getByRole("button", { name: "New password" }).click();
  await page.getByRole("button", { name: "Make a new one" }).click();
  const password = await shownPassword(person.email);
  await page.getByRole("button", { name: "I have kept it" }).click();
  expect(password).not.toBe(person.password);
  await theirs.goto("/captures");
  expect(new URL(theirs.url()).pathname).toBe("/sign-in");
  await signIn(theirs, { ...person, password });
  await theirs.getByRole("heading", { name: "Overview" }).waitFor();
});

test("who is removed is out at the next click", async () => {
  const person = await invite("dan@lab.test", "Viewer");
  const theirs = await lab.open(person);
  await rowOf(person.email).getByRole("button", { name: "Remove" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await rowOf(person.email).waitFor({ state: "detached" });
  await theirs.goto("/captures");
  expect(new URL(theirs.url()).pathname).toBe("/sign-in");
});

test("a program's account works by the lines shown, and changes nothing", async () => {
  await page.goto("/people");
  await page.getByRole("button", { name: "Add a program" }).click();
  await page.getByLabel("Name").fill("notebook");
  await page.getByRole("button", { name: "Make the account" }).click();
  const shown = page.getByLabel("Credentials of notebook@programs.pilab.invalid", { exact: true });
  const lines = (await shown.textContent()) ?? "";
  expect(await seriousFaults(page)).toEqual([]);
  await page.getByRole("button", { name: "I have kept it" }).click();
  await page.getByRole("table", { name: "Programs" }).getByText("notebook").waitFor();

  const environment = Object.fromEntries(
    lines
      .trim()
      .split("\n")
      .map((line) => line.split(/=(.*)/).slice(0, 2)),
  );
  const program = createPilabClientFromEnvironment(environment);
  const [device] = await program.devices.list();
  expect(device?.slug).toBe("dish-cam");
  const renamed = program.devices.update(device?.id as string, { name: "mine" });
  await expect(renamed).rejects.toMatchObject({ code: expect.stringMatching(/forbidden|not_found/) });
  await program.close();
  expect(page.problems.filter((problem) => !problem.includes("409"))).toEqual([]);
});

test("on a phone people are cards that fit", async () => {
  const phone = await lab.open(lab.supabase.admin, { viewport: { width: 390, height: 844 } });
  await phone.goto("/people");
  await phone.getByRole("article", { name: "ada@lab.test" }).waitFor();
  expect(await phone.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  expect(await seriousFaults(phone)).toEqual([]);
});
