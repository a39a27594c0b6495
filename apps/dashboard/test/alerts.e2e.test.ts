import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { PilabClient } from "@pilab/storage-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Person } from "./account.ts";
import { seriousFaults } from "./axe.ts";
import { type DashboardLab, startDashboardLab } from "./lab.ts";
import { type RunningWorker, startWorker } from "./worker.ts";

const GB = 1e9;

let lab: DashboardLab;
let worker: RunningWorker;
let operator: Person;
let device: PilabClient;
let ntfy: Server;
const received: string[] = [];

beforeAll(async () => {
  ntfy = createServer((request, response) => {
    request.setEncoding("utf8");
    let body = "";
    request.on("data", (chunk: string) => (body += chunk));
    request.on("end", () => {
      received.push(body);
      response.end("{}");
    });
  }).listen(0, "127.0.0.1");
  await once(ntfy, "listening");
  lab = await startDashboardLab();
  operator = await lab.person("operator");
  ({ pilab: device } = await lab.device("shed", { name: "Shed" }));
  worker = await startWorker(lab, { ALERT_BROKEN: "whsec_bm90IGEgcmVhbCBzZWNyZXQ=" }, { quick: true });
}, 300_000);
afterEach(() => lab.closePages());
afterAll(async () => {
  await worker?.stop();
  await lab?.stop();
  ntfy?.close();
});

const reportDisk = (freeShare: number) =>
  device.device.reportStatus({ disk_free_bytes: 32 * GB * freeShare, disk_total_bytes: 32 * GB });

test("with no channel the page says that nobody will be told; a channel is added, tested, and its message comes", async () => {
  const page = await lab.open(lab.supabase.admin);
  await page.goto("/alerts");
  await page.getByText("Nobody will be told").waitFor();
  await page.getByText("Nothing needs you").waitFor();
  await page.getByRole("link", { name: "Channels" }).first().click();
  await page.getByRole("button", { name: "Add a channel" }).click();
  const form = page.getByRole("dialog");
  await form.getByText("ntfy", { exact: true }).click();
  await form.getByLabel("Name").fill("lab-room");
  await form
    .getByLabel("URL of the topic")
    .fill(`http://127.0.0.1:${(ntfy.address() as AddressInfo).port}/lab`);
  await form.getByRole("button", { name: "Add" }).click();
  const channel = page.getByRole("listitem", { name: "Channel lab-room" });
  await channel.getByRole("button", { name: "Send a test" }).click();
  await channel.getByText("The test was sent").waitFor();
  expect(received.join()).toContain("A test");
  await page.getByRole("table", { name: "Messages to channels" }).getByText("Sent").waitFor();
  await expect.poll(() => page.getByText("Nobody will be told").count()).toBe(0);
  expect(await seriousFaults(page)).toEqual([]);
  expect(page.problems).toEqual([]);
});

test("a test that fails says why, with what to do", async () => {
  await lab.service.alerts.channels.create({
    kind: "slack",
    name: "no-secret",
    secret_env: "ALERT_ABSENT",
    enabled: false,
  });
  const page = await lab.open(lab.supabase.admin);
  await page.goto("/alerts/channels");
  const channel = page.getByRole("listitem", { name: "Channel no-secret" });
  await channel.getByRole("button", { name: "Send a test" }).click();
  await channel.getByText("Set ALERT_ABSENT where").waitFor();
});

test("an admin changes a rule's limits in the units that people use", async () => {
  const page = await lab.open(lab.supabase.admin);
  await page.goto("/alerts/rules");
  await page.getByRole("button", { name: "Edit the rule Card nearly full" }).click();
  const form = page.getByRole("dialog");
  expect(await form.getByLabel("Less free than", { exact: true }).inputValue()).toBe("10 %");
  await form.getByLabel("Less free than", { exact: true }).fill("20");
  await form.getByLabel("Opens when it holds for").fill("0");
  await form.getByLabel("Resolves when it is gone for").fill("0");
  await form.getByRole("button", { name: "Save" }).click();
  await form.waitFor({ state: "detached" });
  await page.getByText("less free than 20 %").waitFor();
  const rule = (await lab.service.alerts.rules.list()).find(({ key }) => key === "disk_low");
  expect(rule?.params).toMatchObject({ free_share: 0.2, open_after_s: 0, resolve_after_s: 0 });
});

test("a card that fills raises an alert by itself; it is acknowledged, and resolves when there is room again", async () => {
  const page = await lab.open(operator);
  await page.goto("/alerts");
  await page.getByText("Nothing needs you").waitFor();
  await reportDisk(0.15);
  const show = (list: RegExp) => page.getByRole("radio", { name: list }).press("Space");
  const alert = page.getByRole("listitem").filter({ hasText: "Card nearly full" });
  await alert.waitFor();
  expect(await alert.getByRole("link", { name: "The device" }).getAttribute("href")).toBe("/devices/shed");
  await expect.poll(() => received.join()).toContain("Shed");
  expect(await seriousFaults(page)).toEqual([]);
  await alert.getByRole("button", { name: "Acknowledge" }).click();
  await page.getByText("Nothing needs you").waitFor();
  await show(/^Acknowledged/);
  await alert.getByText(/acknowledged .* by you/).waitFor();

  await alert.getByRole("button", { name: "Silence" }).click();
  await page.getByRole("menuitem", { name: "8 hours" }).click();
  await page.getByText("Nothing is taken on").waitFor();
  await show(/^Silenced/);
  await alert.getByText("silenced until").waitFor();

  await reportDisk(0.6);
  await page.getByText("Nothing is silenced").waitFor();
  await show(/^History/);
  await alert.getByText("what it told of is over").waitFor();
  expect(page.problems).toEqual([]);
}, 120_000);

test("the audit log is found by what was done and by whom, and its chain is verified", async () => {
  const page = await lab.open(lab.supabase.admin);
  await page.goto("/audit");
  const entries = page.getByRole("list", { name: "Entries of the audit log" });
  await page.getByRole("combobox", { name: "Action" }).fill("alert.acknowledged");
  await page.getByRole("button", { name: "Search" }).click();
  await page.waitForURL("**/audit?action=alert.acknowledged");
  await expect.poll(() => entries.getByRole("listitem").count()).toBe(1);
  await entries.getByRole("button", { name: /Alert acknowledged/ }).click();
  await entries.getByRole("button", { name: "This actor" }).click();
  await page.waitForURL(/actor=/);
  await expect.poll(() => entries.getByRole("listitem").count()).toBe(1);
  expect(await page.getByRole("button", { name: "Export" }).count()).toBe(1);
  await page.getByRole("button", { name: "Show everything" }).click();
  await expect.poll(() => entries.getByRole("listitem").count()).toBeGreaterThan(5);

  await page.getByRole("button", { name: "Verify now" }).click();
  await page.getByText("Nothing is broken").waitFor();
  await page.getByText("Anchored:").waitFor();
  await page.getByText("Not sealed yet:").waitFor();
  expect(await seriousFaults(page)).toEqual([]);
  expect(page.problems).toEqual([]);
});

test("each role sees only what it may do, and the server refuses the rest by a raw call", async () => {
  const [channel] = await lab.service.alerts.channels.list();
  const ids = [crypto.randomUUID()];
  const ofAdmins = {
    "alerts.rules.update": { key: "disk_low", change: { enabled: false } },
    "alerts.channels.create": { kind: "ntfy", name: "mine", config: { url: "http://127.0.0.1/x" } },
    "alerts.channels.update": { id: channel?.id, change: { enabled: false } },
    "alerts.channels.remove": { id: channel?.id },
    "worker.testSend": { channel: channel?.id },
    "worker.verify": undefined,
  };
  const ofOperators = { "alerts.acknowledge": { ids }, "alerts.silence": { ids, forMs: null } };
  const viewer = await lab.open(await lab.person("viewer"));
  const asOperator = await lab.open(operator);
  const status = async (page: typeof viewer, name: string, data: unknown) =>
    (await page.request.post(`/api/trpc/${name}`, { data: data ?? {} })).status();
  for (const [name, data] of Object.entries(ofAdmins)) {
    expect([name, await status(viewer, name, data), await status(asOperator, name, data)]).toEqual([
      name,
      403,
      403,
    ]);
  }
  for (const [name, data] of Object.entries(ofOperators)) {
    expect([name, await status(viewer, name, data), await status(asOperator, name, data)]).toEqual([
      name,
      403,
      200,
    ]);
  }
  expect((await viewer.request.get("/api/trpc/audit.list?input=%7B%7D")).status()).toBe(403);
  await viewer.goto("/audit");
  await viewer.getByText("This page is for operators and admins").waitFor();
  await asOperator.goto("/alerts/channels");
  await asOperator.getByRole("listitem", { name: "Channel lab-room" }).waitFor();
  expect(await asOperator.getByRole("button", { name: "Send a test" }).count()).toBe(0);
});
