import { afterAll, beforeAll, expect, test } from "vitest";
import { seriousFaults } from "./axe.ts";
import { type DashboardLab, startDashboardLab } from "./lab.ts";

let lab: DashboardLab;
beforeAll(async () => {
  lab = await startDashboardLab({ serviceKey: false });
  await lab.device("dish-cam", { name: "Dish camera" });
});
afterAll(() => lab?.stop());

test("a dashboard without the service key says what it cannot do and how that is changed, and does the rest", async () => {
  const page = await lab.open(lab.supabase.admin);
  await page.goto("/people");
  await page.getByText("This dashboard cannot manage people").waitFor();
  await page.getByText("SUPABASE_SERVICE_ROLE_KEY").waitFor();
  expect(await page.getByRole("button", { name: "Invite somebody" }).count()).toBe(0);
  expect(await seriousFaults(page)).toEqual([]);

  await page.goto("/devices");
  await page.getByRole("button", { name: "Add a device" }).click();
  await page.getByText("This dashboard cannot add devices").waitFor();
  await page.keyboard.press("Escape");

  await page.getByRole("link", { name: "Dish camera" }).first().click();
  await page.getByRole("button", { name: "New credentials" }).click();
  await page.getByText("This dashboard cannot give devices new credentials").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Settings", exact: true }).click();
  await page.getByLabel("Name").fill("Dish camera, left");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("heading", { name: "Dish camera, left" }).waitFor();
  expect(page.problems).toEqual([]);

  const answer = await page.request.post("/api/trpc/devices.create", { data: { slug: "pi-2" } });
  expect(await answer.json()).toMatchObject({
    error: { data: { pilab: { code: "invalid_environment", hint: expect.stringContaining("SUPABASE") } } },
  });
});

test("its health is that of what it can ask, and the worker's state is unknown", async () => {
  const answer = await fetch(`${lab.url}/api/health`);
  expect(answer.status).toBe(200);
  expect(await answer.json()).toMatchObject({ status: "ok", worker: { state: "unknown", alive: null } });
});
