import type { Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { seriousFaults } from "./axe.ts";
import { type DashboardLab, startDashboardLab } from "./lab.ts";
import { seedLab } from "./seed-lab.ts";

let lab: DashboardLab;

beforeAll(async () => {
  lab = await startDashboardLab();
  await seedLab(lab);
  await lab.service.retention.policies.create({ series: "dish 7", keep_days: 30 });
  await lab.service.alerts.channels.create({ kind: "slack", name: "lab-room", secret_env: "ALERT_LAB_ROOM" });
  // The dish's Pi is too hot.
  await lab.service.alerts.evaluate({ single: true });
}, 300_000);
afterEach(() => lab.closePages());
afterAll(() => lab?.stop());

/** Goes there by the Tab key alone. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  await target.waitFor({ state: "attached" });
  for (let press = 0; press < 120; press += 1) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`Tab never comes to ${target}`);
}

const isDark = (page: Page) =>
  page.evaluate(() => document.documentElement.dataset.mantineColorScheme === "dark");

describe.each([
  ["on a desktop", { viewport: { width: 1280, height: 800 }, colorScheme: "light" }],
  ["on a phone in the dark", { viewport: { width: 390, height: 844 }, colorScheme: "dark" }],
] as const)("%s", (_, options) => {
  test("no page has a serious fault of accessibility or is wider than the screen", async () => {
    const page = await lab.open(lab.supabase.admin, options);
    for (const path of [
      ...["/", "/captures", "/timelapse", "/devices", "/devices/dish-cam", "/exports", "/people", "/audit"],
      ...["/retention", "/retention/runs", "/retention/trash", "/retention/holds", "/retention/policies/new"],
      ...["/alerts", "/alerts?show=history", "/alerts/rules", "/alerts/channels"],
    ]) {
      await page.goto(path);
      await page.locator("h1").waitFor();
      await page.locator("[role=status][aria-label=Loading]").first().waitFor({ state: "detached" });
      expect([path, await seriousFaults(page)]).toEqual([path, []]);
      const { width } = options.viewport;
      expect([path, await page.evaluate(() => document.documentElement.scrollWidth)]).toEqual([path, width]);
      expect([path, page.problems]).toEqual([path, []]);
    }
  }, 240_000);

  test("the door has none either, nor what says that it stays shut", async () => {
    const page = await lab.open(undefined, options);
    await page.goto("/sign-in");
    expect(await seriousFaults(page)).toEqual([]);
    await page.getByLabel("E-mail").fill("nobody@lab.test");
    await page.locator("input[name=password]").fill("wrong");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").first().waitFor();
    expect(await seriousFaults(page)).toEqual([]);
  });

  test.each([
    ["/alerts/rules", "Edit the rule Card nearly full"],
    ["/alerts/channels", "Add a channel"],
    ["/alerts/channels", "Remove"],
    ["/retention", "Remove"],
    ["/retention/runs", "Run now"],
    ["/devices/greenhouse-1", "Settings"],
    ["/people", "Add a program"],
  ])("what %s asks at %s has none", async (path, button) => {
    const page = await lab.open(lab.supabase.admin, options);
    await page.goto(path);
    await page.getByRole("button", { name: button, exact: true }).first().click();
    await page.getByRole("dialog").waitFor();
    expect(await seriousFaults(page)).toEqual([]);
  });
});

test("the theme is chosen in the menu, by keys, and stays", async () => {
  const page = await lab.open(await lab.person("viewer"), { colorScheme: "light" });
  await page.goto("/");
  await tabTo(page, page.getByRole("button", { name: "Account and settings of the page" }));
  await page.keyboard.press("Enter");
  await page.getByRole("radio", { name: "Dark" }).press("Space");
  await expect.poll(() => isDark(page)).toBe(true);
  await page.reload();
  expect(await isDark(page)).toBe(true);
  expect(await seriousFaults(page)).toEqual([]);
  await page.getByRole("button", { name: "Account and settings of the page" }).press("Enter");
  await page.getByRole("radio", { name: "System" }).press("Space");
  await expect.poll(() => isDark(page)).toBe(false);
});

describe("by keyboard alone", () => {
  test("a policy is made, turned off, and removed", async () => {
    const page = await lab.open(lab.supabase.admin);
    await page.goto("/retention");
    await tabTo(page, page.getByRole("link", { name: "New policy" }));
    await page.keyboard.press("Enter");
    await tabTo(page, page.getByLabel("Always the last"));
    await page.keyboard.type("500");
    await tabTo(page, page.getByRole("button", { name: "Save without a preview" }));
    await page.keyboard.press("Enter");
    await page.waitForURL("**/retention");
    const policy = page.getByRole("listitem").filter({ hasText: "among the last 500" });
    await tabTo(page, policy.getByRole("button", { name: "Turn off" }));
    await page.keyboard.press("Enter");
    await tabTo(page, page.getByRole("dialog").getByRole("button", { name: "Turn off" }));
    await page.keyboard.press("Enter");
    await policy.getByText("Off", { exact: true }).waitFor();
    await tabTo(page, policy.getByRole("button", { name: "Remove" }));
    await page.keyboard.press("Enter");
    await tabTo(page, page.getByRole("dialog").getByRole("button", { name: "Remove" }));
    await page.keyboard.press("Enter");
    await policy.waitFor({ state: "detached" });
    expect(page.problems).toEqual([]);
  });

  test("what lies in the trash is restored", async () => {
    const page = await lab.open(await lab.person("operator"));
    await page.goto("/retention/trash");
    await tabTo(page, page.getByRole("checkbox", { name: "Select all 10 shown" }));
    await page.keyboard.press("Space");
    await tabTo(page, page.getByRole("button", { name: "Restore" }));
    await page.keyboard.press("Enter");
    await page.getByText("The trash is empty").waitFor();
  });

  test("an alert is silenced and its silence ended, then taken on; it can be found again", async () => {
    const page = await lab.open(await lab.person("operator"));
    await page.goto("/alerts");
    const alert = page.getByRole("listitem", { name: "Dish camera is at 81.4 °C" });
    const silence = async (choice: string) => {
      await tabTo(page, alert.getByRole("button", { name: "Silence" }));
      await page.keyboard.press("Enter");
      const item = page.getByRole("menuitem", { name: choice });
      await item.waitFor();
      while (!(await item.evaluate((element) => element === document.activeElement))) {
        await page.keyboard.press("ArrowDown");
      }
      await page.keyboard.press("Enter");
      await alert.waitFor({ state: "detached" });
    };
    /** A radio group is one stop of Tab; arrows choose in it. */
    const show = async (chosen: RegExp, arrow: "ArrowLeft" | "ArrowRight", next: RegExp) => {
      await tabTo(page, page.getByRole("radio", { name: chosen }));
      await page.keyboard.press(arrow);
      await expect.poll(() => page.getByRole("radio", { name: next }).isChecked()).toBe(true);
    };
    await silence("8 hours");
    await show(/^Open/, "ArrowRight", /^Acknowledged/);
    await show(/^Acknowledged/, "ArrowRight", /^Silenced/);
    await alert.getByText("silenced until").waitFor();
    await silence("End the silence");
    await show(/^Silenced/, "ArrowLeft", /^Acknowledged/);
    await show(/^Acknowledged/, "ArrowLeft", /^Open/);
    await tabTo(page, alert.getByRole("button", { name: "Acknowledge" }));
    await page.keyboard.press("Enter");
    await alert.waitFor({ state: "detached" });
    await show(/^Open/, "ArrowRight", /^Acknowledged/);
    await alert.getByText(/acknowledged .* by you/).waitFor();
    expect(page.problems).toEqual([]);
  });
});

test("a channel is edited, and removed with its messages", async () => {
  const page = await lab.open(lab.supabase.admin);
  await page.goto("/alerts/channels");
  await page.getByRole("button", { name: "Edit channel lab-room" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("lab-room-2");
  await dialog.getByRole("combobox", { name: "Tells" }).click();
  await page.getByRole("option", { name: "Critical ones only" }).click();
  await dialog.getByRole("button", { name: "Save" }).click();
  const channel = page.getByRole("listitem", { name: "Channel lab-room-2" });
  await channel.getByText("from critical on").waitFor();
  expect(await lab.service.alerts.channels.list()).toMatchObject([
    { name: "lab-room-2", min_severity: "critical", secret_env: "ALERT_LAB_ROOM" },
  ]);
  await channel.getByRole("button", { name: "Remove" }).click();
  await dialog.getByRole("button", { name: "Remove" }).click();
  await page.getByText("No channel yet").waitFor();
  expect(await lab.service.alerts.channels.list()).toEqual([]);
});

test("the audit log is searched by the name of a person, a device or the worker", async () => {
  const operator = await lab.person("operator");
  await lab.service.people.create({ email: "ada@lab.test", role: "viewer" });
  const page = await lab.open(operator);
  await page.goto("/audit");
  const whom = page.getByRole("combobox", { name: "By whom" });
  const choose = async (name: string) => {
    await whom.fill(name);
    await page.getByRole("option", { name, exact: true }).click();
    await page.getByRole("button", { name: "Search" }).click();
  };
  await choose("dish-cam");
  await page.waitForURL(/actor=[0-9a-f-]{36}/);
  const entries = page.getByRole("list", { name: "Entries of the audit log" });
  await expect.poll(() => entries.getByText("dish-cam", { exact: true }).count()).toBeGreaterThan(0);
  expect(await whom.inputValue()).toBe("dish-cam");
  await choose("The retention worker");
  await page.waitForURL(/actor=retention-worker/);
  await page.getByText("No entry fits").waitFor();
  // An operator may not list accounts; those that PiLab made stand in the log.
  await choose("ada@lab.test");
  await page.waitForURL(/actor=[0-9a-f-]{36}/);
  await page.getByText("No entry fits").waitFor();
  expect(await whom.inputValue()).toBe("ada@lab.test");
  expect(page.problems).toEqual([]);
});

test("a device is paused until a date that is chosen, in the zone that is shown", async () => {
  const page = await lab.open(lab.supabase.admin);
  await page.goto("/devices/greenhouse-1");
  await page.getByRole("button", { name: "Pause", exact: true }).click();
  await page.getByRole("menuitem", { name: "Until a date" }).click();
  const until = new Date(Math.ceil(Date.now() / 86_400_000 + 3) * 86_400_000);
  await page.getByLabel("Paused until").fill(until.toISOString().slice(0, 16));
  await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await page.getByText("uploads nothing until").waitFor();
  const device = (await lab.service.devices.list()).find(({ slug }) => slug === "greenhouse-1");
  expect(new Date(device?.paused_until ?? 0)).toEqual(until);
  await page.getByRole("button", { name: "Go on" }).click();
  await page.getByRole("button", { name: "Pause", exact: true }).waitFor();
});
