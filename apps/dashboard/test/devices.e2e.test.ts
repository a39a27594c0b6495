import { readFile } from "node:fs/promises";
import { createPilabClient, type PilabClient } from "@pilab/storage-core";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Person } from "./account.ts";
import { seriousFaults } from "./axe.ts";
import { type DashboardLab, startDashboardLab } from "./lab.ts";

let lab: DashboardLab;
let operator: Person;
let viewer: Person;
const clients: PilabClient[] = [];

beforeAll(async () => {
  lab = await startDashboardLab();
  [operator, viewer] = [await lab.person("operator"), await lab.person("viewer")];
});
afterEach(() => lab.closePages());
afterAll(async () => {
  await Promise.all(clients.map((client) => client.close()));
  await lab?.stop();
});

/** The client that a Pi with this file has. */
function asPi(file: CredentialsFile): PilabClient {
  const { url, anonKey: key, bucket, email, password } = file;
  const client = createPilabClient({ url, key, bucket, email, password, retry: { maxAttempts: 1 } });
  clients.push(client);
  return client;
}

interface CredentialsFile {
  url: string;
  anonKey: string;
  bucket: string;
  email: string;
  password: string;
}

const rowOf = (page: Page, name: string) =>
  page.getByRole("table", { name: "Devices" }).getByRole("row", { name });

test("an admin adds a Pi, its file is shown once, and what is uploaded with it shows by itself", async () => {
  const page = await lab.open(lab.supabase.admin);
  await page.goto("/devices");
  await page.getByText("No device yet").waitFor();
  expect(await seriousFaults(page)).toEqual([]);

  await page.getByRole("button", { name: "Add a device" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Slug").fill("Greenhouse 1");
  await dialog.getByText("1 to 63 lower-case letters").waitFor();
  await dialog.getByLabel("Slug").fill("greenhouse-1");
  await dialog.getByLabel("Name").fill("Greenhouse, north");
  await dialog.getByLabel("A picture is due every").fill("300");
  expect(await seriousFaults(page)).toEqual([]);
  await dialog.getByRole("button", { name: "Add", exact: true }).click();

  await dialog.getByText("Shown this once").waitFor();
  expect(await seriousFaults(page)).toEqual([]);
  // Not closed by a slip.
  await page.keyboard.press("Escape");
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    dialog.getByRole("link", { name: "Download greenhouse-1.json" }).click(),
  ]);
  expect(download.suggestedFilename()).toBe("greenhouse-1.json");
  const text = await readFile(await download.path(), "utf8");
  expect(await dialog.getByLabel("Credentials of greenhouse-1", { exact: true }).textContent()).toBe(text);
  const file = JSON.parse(text) as CredentialsFile;
  expect(file).toEqual({
    url: lab.supabase.url,
    anonKey: lab.supabase.anonKey,
    bucket: "pilab-dev",
    email: "greenhouse-1@devices.pilab.invalid",
    password: expect.stringMatching(/^[\w-]{32}$/),
  });
  await dialog.getByRole("button", { name: "I have kept the file" }).click();
  await dialog.waitFor({ state: "detached" });
  await rowOf(page, "Greenhouse, north").getByText("Never seen").waitFor();
  await page.reload();
  await rowOf(page, "Greenhouse, north").waitFor();
  expect(await page.content()).not.toContain(file.password);

  const pi = asPi(file);
  await pi.captures.uploadAndLog(await lab.picture());
  await pi.device.reportStatus({ agent_version: "0.1.0", state: "idle", queue_files: 0, cpu_temp_c: 83 });
  await rowOf(page, "Greenhouse, north").getByText("Too hot").waitFor();
  await rowOf(page, "Greenhouse, north").locator("img").waitFor();
  await page.goto("/");
  const tile = page.getByRole("region", { name: "Devices" }).getByRole("link", { name: "Greenhouse, north" });
  await tile.getByText("Too hot").waitFor();
  expect(await tile.getByText("In order").count()).toBe(0);
  expect(page.problems).toEqual([]);
});

test("a device's page tells how it is and was, what it needs and what to do, and shows its pictures", async () => {
  const { pilab } = await lab.device("dish-cam", { name: "Dish camera", expected_interval_s: 60 });
  await pilab.captures.uploadAndLog(await lab.picture());
  await pilab.captures.reportUploads({
    journalId: crypto.randomUUID(),
    seq: 1,
    totals: { ok: 5, failed: 1, duplicate: 0, bytes: 1 },
  });
  await pilab.device.reportStatus({
    queue_files: 7,
    disk_free_bytes: 1e9,
    disk_total_bytes: 32e9,
    throttled: true,
    clock_synced: false,
    quarantined_files: 2,
    last_quarantine_reason: "frame-9.jpg is empty",
  });
  const page = await lab.open(viewer);
  await page.goto("/devices");
  await page.getByRole("link", { name: "Dish camera" }).first().click();
  await page.getByRole("heading", { name: "Dish camera" }).waitFor();
  const needs = page.getByRole("region", { name: "What it needs" });
  for (const need of ["Card nearly full", "Slowed down", "Clock not set", "Quarantine"]) {
    await needs.getByText(`${need}.`, { exact: true }).waitFor();
  }
  await page.getByRole("region", { name: "Quarantine" }).getByText("frame-9.jpg is empty").waitFor();
  await page.getByRole("region", { name: "Uploads by hour" }).getByText("5 uploaded, 1 failed").waitFor();
  await page.getByRole("region", { name: "Waiting pictures" }).getByText("now 7").waitFor();
  // Charts are drawn when one comes near them.
  await page.getByRole("region", { name: "Waiting pictures" }).scrollIntoViewIfNeeded();
  await page.getByRole("region", { name: "Waiting pictures" }).locator("svg circle").first().waitFor();
  await page.getByText("30 days").click();
  await page.getByRole("region", { name: "Uploads by hour" }).getByText("5 uploaded, 1 failed").waitFor();
  expect(await seriousFaults(page)).toEqual([]);

  await pilab.device.reportStatus({ queue_files: 0, throttled: false, clock_synced: true });
  await needs.waitFor({ state: "detached" });
  await page.goto("/devices/nowhere");
  await page.getByText("There is no device nowhere").waitFor();
  expect(page.problems).toEqual([]);
});

test("an operator renames a device and sets its interval; series, pause and retirement are an admin's", async () => {
  const { id } = await lab.device("roof", { name: "Roof" });
  const page = await lab.open(operator);
  await page.goto("/devices/roof");
  await page.getByRole("button", { name: "Settings", exact: true }).click();
  await page.getByLabel("Name").fill("Roof, east");
  await page.getByLabel("A picture is due every").fill("600");
  expect(await page.getByLabel("Series").count()).toBe(0);
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("heading", { name: "Roof, east" }).waitFor();
  expect(await lab.service.devices.get(id)).toMatchObject({ name: "Roof, east", expected_interval_s: 600 });
  for (const name of ["Pause", "Retire", "New credentials"]) {
    expect(await page.getByRole("button", { name, exact: true }).count()).toBe(0);
  }
  const until = new Date(Date.now() + 3_600_000).toISOString();
  const raw = (call: string, data: object) => page.request.post(`/api/trpc/devices.${call}`, { data });
  expect((await raw("update", { id, paused_until: until })).status()).toBe(403);
  expect((await raw("retire", { id })).status()).toBe(403);
  expect((await raw("create", { slug: "mine" })).status()).toBe(403);
  expect((await raw("renewCredentials", { id })).status()).toBe(403);
  expect(await lab.service.devices.get(id)).toMatchObject({ paused_until: null, retired_at: null });
});

test("a viewer is offered no change and is refused each by a raw call", async () => {
  const { id } = await lab.device("cellar");
  const page = await lab.open(viewer);
  await page.goto("/devices/cellar");
  await page.getByRole("heading", { name: "cellar" }).waitFor();
  expect(await page.getByRole("button", { name: "Settings", exact: true }).count()).toBe(0);
  for (const [call, data] of [
    ["update", { id, name: "x" }],
    ["retire", { id }],
    ["create", { slug: "mine" }],
    ["renewCredentials", { id }],
  ] as const) {
    const answer = await page.request.post(`/api/trpc/devices.${call}`, { data });
    expect([call, answer.status()]).toEqual([call, 403]);
  }
  expect(await lab.service.devices.get(id)).toMatchObject({ name: "cellar", retired_at: null });
});

test("a pause counts from when it is asked for, however long the page was open", async () => {
  const { id } = await lab.device("attic", { name: "Attic" });
  const page = await lab.open(lab.supabase.admin);
  await page.clock.install();
  await page.goto("/devices/attic");
  await page.getByRole("status", { name: /^Live/ }).waitFor();
  // As while the network was away.
  await page.route(/trpc/, (route) =>
    route.request().method() === "GET" ? route.abort() : route.continue(),
  );
  await page.clock.fastForward(5 * 3_600_000);
  await page.getByRole("button", { name: "Pause", exact: true }).click();
  const update = page.waitForRequest(/devices\.update/);
  await page.getByRole("menuitem", { name: "For 1 hour" }).click();
  const pausedUntil = /"paused_until":"([^"]+)"/.exec((await update).postData() ?? "")?.[1] ?? "";
  expect(Math.round((Date.parse(pausedUntil) - Date.now()) / 3_600_000)).toBe(6);
  await expect.poll(async () => (await lab.service.devices.get(id)).paused_until).not.toBeNull();
});

test("an admin pauses a device and lets it go on, gives it a new password, and retires it for good", async () => {
  const { id, pilab } = await lab.device("shed", { name: "Shed" });
  await pilab.captures.uploadAndLog(await lab.picture());
  const page = await lab.open(lab.supabase.admin);
  await page.goto("/devices/shed");
  await page.getByRole("button", { name: "Pause", exact: true }).click();
  await page.getByRole("menuitem", { name: "For 1 day" }).click();
  await page.getByText("uploads nothing until").waitFor();
  const { pausedUntil } = await pilab.device.get();
  expect(Math.round(((pausedUntil?.getTime() ?? 0) - Date.now()) / 3_600_000)).toBe(24);
  await page.getByRole("button", { name: "Go on" }).click();
  await page.getByRole("button", { name: "Pause", exact: true }).waitFor();
  expect((await pilab.device.get()).pausedUntil).toBeNull();

  await page.getByRole("button", { name: "New credentials" }).click();
  await page.getByRole("button", { name: "Make new ones" }).click();
  const shown = await page.getByLabel("Credentials of shed", { exact: true }).textContent();
  const renewed = JSON.parse(shown as string) as CredentialsFile;
  await page.getByRole("button", { name: "I have kept the file" }).click();
  expect(await asPi(renewed).device.get()).toMatchObject({ slug: "shed" });

  await page.getByRole("button", { name: "Retire", exact: true }).click();
  await page.getByRole("button", { name: "Retire it" }).click();
  await page.getByText("Out of service since").waitFor();
  await expect(asPi(renewed).device.get()).rejects.toMatchObject({ code: "forbidden" });
  await page.goto("/devices");
  await page.getByLabel("Retired ones too (1)").check();
  await rowOf(page, "Shed").getByText("Retired").waitFor();
  const { entries } = await lab.service.audit.list({ deviceId: id });
  expect(entries.map(({ action }) => action)).toContain("account.password_set");
  expect(page.problems).toEqual([]);
});

test("on a phone the devices are cards that fit, and so does a device's page", async () => {
  const page = await lab.open(viewer, { viewport: { width: 390, height: 844 } });
  for (const path of ["/devices", "/devices/dish-cam"]) {
    await page.goto(path);
    await page.getByText("Dish camera").last().waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    expect(await seriousFaults(page)).toEqual([]);
  }
});
