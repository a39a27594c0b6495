import { makeMp4 } from "@pilab/testing";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Person } from "./account.ts";
import { type DashboardLab, startDashboardLab } from "./lab.ts";

let lab: DashboardLab;
let viewer: Person;
const ids: string[] = [];

beforeAll(async () => {
  lab = await startDashboardLab();
  viewer = await lab.person("viewer");
  const { pilab } = await lab.device("dish-cam");
  for (const bytes of [await lab.picture(), await lab.picture(), makeMp4()]) {
    const capturedAt = new Date(Date.UTC(2026, 2, 9, 12, 9 - ids.length));
    ids.push((await pilab.captures.uploadAndLog(bytes, { capturedAt })).captureId as string);
  }
});
afterEach(() => lab.closePages());
afterAll(() => lab?.stop());

test("a link shows its picture to somebody without an account, at the dashboard's address", async () => {
  const page = await lab.open(viewer);
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.goto(`/captures?capture=${ids[0]}`);
  await page.getByRole("button", { name: "Make a link" }).click();
  await page.getByRole("button", { name: "Copy the link" }).click();
  await page.getByRole("button", { name: "Copied, works for an hour" }).waitFor();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  expect(link.startsWith(`${lab.url}/api/links/dish-cam/`)).toBe(true);

  const stranger = await lab.open();
  const answer = await stranger.goto(link);
  expect(answer?.status()).toBe(200);
  expect(answer?.headers()).toMatchObject({
    "content-type": "image/jpeg",
    "content-security-policy": expect.stringMatching(/^default-src 'none'.*sandbox$/),
    "cross-origin-resource-policy": "cross-origin",
    "x-content-type-options": "nosniff",
  });
  expect(await stranger.evaluate(() => document.querySelector("img")?.naturalWidth)).toBe(640);
  const saved = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download" }).click();
  expect((await saved).suggestedFilename()).toMatch(/^capture-/);

  const wrong = await stranger.request.get(link.replace(/\w{4}$/, "AAAA"));
  expect(wrong.status()).toBe(404);
  expect((await stranger.request.head(link)).status()).toBe(200);
  expect((await stranger.request.post(link)).status()).toBe(405);
});

test("where a browser keeps its clipboard from the page, as by http in a LAN, the link can be opened", async () => {
  const page = await lab.open(viewer);
  await page.addInitScript("delete Navigator.prototype.clipboard");
  await page.goto(`/captures?capture=${ids[0]}`);
  await page.getByRole("button", { name: "Make a link" }).click();
  const opened = page.context().waitForEvent("page");
  await page.getByRole("link", { name: "Open the link, works for an hour" }).click();
  const other = await opened;
  await other.waitForURL(`${lab.url}/api/links/dish-cam/**`);
  await expect.poll(() => other.evaluate(() => document.querySelector("img")?.naturalWidth)).toBe(640);
});

describe("a ZIP", () => {
  const form = (count: number) => ({ ids: Array.from({ length: count }, () => ids[0]).join() });

  test("is saved from the selection; where it cannot be, the page and the selection stay", async () => {
    const page = await lab.open(viewer);
    await page.goto("/captures");
    const tiles = page.getByRole("gridcell");
    await tiles.first().focus();
    await page.keyboard.press("Space");
    await page.getByText("1 selected").waitFor();
    const saved = page.waitForEvent("download");
    await page.getByRole("button", { name: "ZIP" }).click();
    expect((await saved).suggestedFilename()).toMatch(/^pilab-.*-1-captures\.zip$/);

    const cookies = await page.context().cookies();
    await page.context().clearCookies();
    await page.getByRole("button", { name: "ZIP" }).click();
    await page.getByText("Your session has ended. Sign in in another tab").waitFor();
    await page.getByText("1 selected").waitFor();
    await page.context().addCookies(cookies);
    const again = page.waitForEvent("download");
    // By the keyboard: the note lies over it for a while.
    await page.getByRole("button", { name: "ZIP" }).press("Enter");
    await again;
    await page.getByText("1 selected").waitFor();
  });

  test("of too many, or for nobody, is refused; a form that is sent by a page gets nothing that would replace it", async () => {
    const page = await lab.open(viewer);
    const send = (count: number, headers = {}) =>
      page.request.post("/api/captures/zip", { form: form(count), headers });
    expect((await send(5001)).status()).toBe(400);
    expect((await send(5001, { "sec-fetch-mode": "navigate" })).status()).toBe(204);
    const nobody = await lab.open();
    expect((await nobody.request.post("/api/captures/zip", { form: form(1) })).status()).toBe(401);
    const noRole = await lab.open(await lab.person(null));
    expect((await noRole.request.post("/api/captures/zip", { form: form(1) })).status()).toBe(403);
  });
});

test("a video without a thumbnail shows as one in the gallery", async () => {
  const page = await lab.open(viewer);
  await page.goto("/captures");
  const thumbnail = page.locator(`img[src="/api/thumbnails/${ids[2]}"]`);
  await expect.poll(() => thumbnail.evaluate((img: HTMLImageElement) => img.naturalWidth)).toBe(320);
  const answer = await page.request.get(`/api/thumbnails/${ids[2]}`);
  expect(answer.headers()["content-type"]).toBe("image/svg+xml");
});
