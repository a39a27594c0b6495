import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Person } from "./account.ts";
import { seriousFaults } from "./axe.ts";
import { type DashboardLab, startDashboardLab } from "./lab.ts";
import { type RunningWorker, startWorker } from "./worker.ts";

const OLD = 4;
const FRESH = 20;

let lab: DashboardLab;
let worker: RunningWorker | undefined;
let operator: Person;

beforeAll(async () => {
  lab = await startDashboardLab();
  operator = await lab.person("operator");
  const { pilab } = await lab.device("greenhouse-1", { name: "Greenhouse" });
  const ids: string[] = [];
  for (let at = 0; at < OLD + FRESH; at += 1) {
    const { captureId } = await pilab.captures.uploadAndLog(await lab.picture(), { series: "tomatoes" });
    ids.push(captureId as string);
  }
  // As if they had come six weeks ago: ages count from when the server received a capture.
  await lab.supabase.sql.transaction((tx) =>
    tx.query(
      "update public.captures set created_at = now() - interval '6 weeks' where id = any ($1::uuid[])",
      [ids.slice(0, OLD)],
    ),
  );
}, 300_000);
afterEach(() => lab.closePages());
afterAll(async () => {
  await worker?.stop();
  await lab?.stop();
});

test("with no worker alive the page says so and how to start one, and a policy that says nothing is refused", async () => {
  const page = await lab.open(lab.supabase.admin);
  await page.goto("/retention");
  const content = page.locator("#content");
  await content.getByText("No retention worker is running").waitFor();
  await content.getByText("pilab-retention serve").filter({ visible: true }).waitFor();
  await page.getByRole("link", { name: "Make the first policy" }).click();
  await page.getByTestId("sentence").getByText("says nothing yet").waitFor();
  await page.getByRole("button", { name: "Save without a preview" }).click();
  await page.getByRole("alert").getByText("cannot be previewed or saved").waitFor();
  expect(await lab.service.retention.policies.list()).toEqual([]);
  expect(page.problems).toEqual([]);
});

test("a policy is made from its preview, with the brake that the preview found", async () => {
  worker = await startWorker(lab);
  const page = await lab.open(lab.supabase.admin);
  await page.goto("/retention/policies/new");
  await page.getByRole("combobox", { name: "Series" }).click();
  await page.getByRole("option", { name: "tomatoes" }).click();
  await page.getByLabel("For so many days").fill("30");
  await page
    .getByText(
      "Captures of series tomatoes are kept for 30 days; what is removed stays in the trash for 7 days.",
    )
    .waitFor();
  await page.getByRole("button", { name: "Preview", exact: true }).click();
  const preview = page.getByRole("region", { name: "Preview" });
  await preview
    .getByRole("region", { name: "To the trash at the first run" })
    .getByText(String(OLD))
    .waitFor();
  // Charts are drawn when one comes near them.
  await preview.getByRole("img", { name: /^Bytes stored/ }).scrollIntoViewIfNeeded();
  await preview.getByRole("img").locator("svg").first().waitFor();
  expect(await seriousFaults(page)).toEqual([]);
  // Another policy than the one that was looked at is not saved with its brake.
  await page.getByLabel("In the trash for").fill("10");
  await page.getByText("The policy has changed since its preview").waitFor();
  await page.getByLabel("In the trash for").fill("9");
  await page.getByRole("button", { name: "Preview again" }).click();
  await page.getByRole("button", { name: "Save this policy" }).click();
  await page.waitForURL("**/retention");
  await page.getByText("stays in the trash for 9 days").waitFor();
  const [policy] = await lab.service.retention.policies.list();
  expect(policy).toMatchObject({ series: "tomatoes", keep_days: 30, grace_days: 9 });
  expect(policy?.brake_share).toBeGreaterThanOrEqual(0.25);
  expect(page.problems).toEqual([]);
});

test("a dry run shows what goes and why, exactly that is done, and what went can be restored from the trash", async () => {
  const page = await lab.open(operator);
  await page.goto("/retention/runs");
  await page.getByRole("button", { name: "Dry run" }).click();
  await page.waitForURL(/retention\/runs\/[0-9a-f-]{36}$/);
  await page.getByRole("region", { name: "Would go to the trash" }).getByText(String(OLD)).waitFor();
  await page.getByText("received 30 days ago or earlier").waitFor();
  expect(await page.getByRole("region", { name: "Reasons" }).getByRole("img").count()).toBe(3);
  expect(await seriousFaults(page)).toEqual([]);
  const dryRun = page.url();

  await page.getByRole("button", { name: "Do exactly this" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Do it" }).click();
  await page.waitForURL((url) => /retention\/runs\/[0-9a-f-]{36}$/.test(url.href) && url.href !== dryRun);
  await page.getByRole("region", { name: "Moved to the trash" }).getByText(String(OLD)).waitFor();

  await page.getByRole("link", { name: "Trash" }).click();
  const trash = page.getByRole("table", { name: "Captures in the trash" });
  await trash.getByText("older than its policy keeps").first().waitFor();
  await trash.getByText("in 8 d").first().waitFor();
  await page.getByRole("checkbox", { name: `Select all ${OLD} shown` }).click();
  await page.getByRole("button", { name: "Restore" }).click();
  await page.getByText(`Restored: ${OLD}`).waitFor();
  await page.getByText("The trash is empty").waitFor();
  expect((await lab.service.captures.list()).captures).toHaveLength(OLD + FRESH);
  expect(page.problems).toEqual([]);
});

test("a run that is over the brake waits, and an operator lets this plan pass and no other", async () => {
  const [policy] = await lab.service.retention.policies.list();
  await lab.service.retention.policies.update(policy?.id as string, { brake_share: 0.01 });
  const page = await lab.open(operator);
  await page.goto("/retention/runs");
  await page.getByRole("button", { name: "Run now" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Run now" }).click();
  await page.getByText("It waits at the brake").waitFor();
  await page
    .getByText(/removes [\d.]+ % of the captures of the policy “Captures of series tomatoes/)
    .waitFor();
  await page.getByRole("button", { name: "Confirm this plan" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Confirm this plan" }).click();
  await page.getByText("confirmed by you").waitFor();
  await page.getByRole("region", { name: "Moved to the trash" }).getByText(String(OLD)).waitFor();
  expect(page.problems).toEqual([]);
});

test("pinned captures are listed as held and unpinned again", async () => {
  const { captures } = await lab.service.captures.list({ limit: 2 });
  await lab.service.captures.pin(captures.map(({ id }) => id));
  const page = await lab.open(operator);
  await page.goto("/retention/holds");
  await page.getByRole("checkbox", { name: "Select all 2 shown" }).click();
  await page.getByRole("button", { name: "Unpin" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Unpin" }).click();
  await page.getByText("Nothing is held").waitFor();
});

test("each role sees only what it may do, and the server refuses the rest by a raw call", async () => {
  const [policy] = await lab.service.retention.policies.list();
  const calls = {
    "retention.policies.save": { id: null, policy: { keep_days: 1 } },
    "retention.policies.setEnabled": { id: policy?.id, enabled: false },
    "retention.policies.remove": { id: policy?.id },
    "worker.run": {},
    "captures.unpin": { ids: [policy?.id] },
  };
  const viewer = await lab.open(await lab.person("viewer"));
  const asOperator = await lab.open(operator);
  for (const [name, data] of Object.entries(calls)) {
    const answer = await viewer.request.post(`/api/trpc/${name}`, { data });
    expect([name, answer.status()]).toEqual([name, 403]);
    if (name.startsWith("retention")) {
      expect([name, (await asOperator.request.post(`/api/trpc/${name}`, { data })).status()]).toEqual([
        name,
        403,
      ]);
    }
  }
  expect((await viewer.request.post("/api/trpc/worker.preview", { data: {} })).status()).toBe(200);
  await viewer.goto("/retention/runs");
  await viewer.getByRole("table").waitFor();
  expect(await viewer.getByRole("button", { name: "Run now" }).count()).toBe(0);
  await asOperator.goto("/retention");
  await asOperator.getByText("stays in the trash for 9 days").waitFor();
  expect(await asOperator.getByRole("link", { name: "New policy" }).count()).toBe(0);
  expect(await lab.service.retention.policies.list()).toEqual([policy]);
});
