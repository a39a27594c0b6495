import { afterAll, beforeAll, expect, test } from "vitest";
import { seriousFaults } from "./axe.ts";
import { type DashboardLab, signIn, startDashboardLab } from "./lab.ts";

let lab: DashboardLab;
beforeAll(async () => {
  lab = await startDashboardLab({ serviceKey: false });
});
afterAll(() => lab?.stop());

test("a person changes the own password, goes on here, and signs in elsewhere with the new one alone", async () => {
  const person = await lab.person("viewer");
  const [page, elsewhere] = [await lab.open(person), await lab.open(person)];
  await page.goto("/");
  await page.getByRole("button", { name: /account/i }).click();
  await page.getByRole("menuitem", { name: "Account and password" }).click();
  await page.getByRole("heading", { name: "Account" }).waitFor();
  expect(await seriousFaults(page)).toEqual([]);
  const change = async (current: string, next: string) => {
    await page.locator("input[name=current]").fill(current);
    await page.locator("input[name=new]").fill(next);
    await page.getByRole("button", { name: "Change the password" }).click();
  };

  await change("not-my-password", "a-new-one-of-mine");
  await page.getByText("This is not your password.").waitFor();
  await change(person.password, "too-short");
  await page.getByText("At least 10 characters.").waitFor();
  await change(person.password, "a-new-one-of-mine");
  await page.getByRole("status").filter({ hasText: "signed out everywhere else" }).waitFor();

  await page.goto("/captures");
  await page.getByRole("heading", { name: "Captures", exact: true }).waitFor();
  await elsewhere.goto("/captures");
  expect(new URL(elsewhere.url()).pathname).toBe("/sign-in");
  await elsewhere.getByLabel("E-mail").fill(person.email);
  await elsewhere.locator("input[name=password]").fill(person.password);
  await elsewhere.getByRole("button", { name: "Sign in" }).click();
  await elsewhere.getByText("do not belong together").waitFor();
  await signIn(elsewhere, { ...person, password: "a-new-one-of-mine" });
  await elsewhere.getByRole("heading", { name: "Overview" }).waitFor();
  expect(page.problems).toEqual([]);
});
