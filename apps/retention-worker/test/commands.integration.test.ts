import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { BUCKET, type RetentionLab, startRetentionLab } from "./lab.ts";
import { runWorker } from "./run-worker.ts";

let lab: RetentionLab;

beforeAll(async () => {
  lab = await startRetentionLab();
});
afterAll(() => lab?.stop());
beforeEach(() => lab.empty());

const run = (...args: string[]) => runWorker(args, lab.env);
const liveOf = async (ids: readonly string[]) =>
  (
    await lab.rows<{ n: number }>(
      "select count(*)::int as n from public.captures where id = any ($1) and deleted_at is null",
      [ids],
    )
  )[0]?.n;

test("run --dry-run tells what would go and why, and the plan that it shows is executed by its digest", async () => {
  await lab.fill({ count: 60, everySeconds: 1 });
  await lab.fill({ count: 12, daysAgo: 40 });
  await lab.admin.retention.policies.create({ keep_days: 30 });
  const dry = await run("run", "--dry-run");
  expect(dry.code).toBe(0);
  expect(dry.stdout).toContain("Nothing is changed.");
  expect(dry.stdout).toContain("Would go to the trash: 12 captures, 12 kB");
  expect(dry.stdout).toContain("    12 captures, 12 kB: received 30 days ago or earlier");
  const digest = /--plan ([0-9a-f]{64})/.exec(dry.stdout)?.[1] ?? "";
  const done = await run("run", "--plan", digest, "--json");
  expect(done.code).toBe(0);
  expect(JSON.parse(done.stdout)).toMatchObject({ state: "done", trashed_files: 12 });
  expect(done.stderr).toContain("Nobody watches between runs");
  const again = await run("run", "--plan", digest);
  expect(again.code).toBe(1);
  expect(again.stdout).toContain("refused, its plan no longer fits");
});

test("run ends with 1 at the brake, says why and how to go on; --confirm goes on", async () => {
  await lab.fill({ count: 10 });
  await lab.fill({ count: 10, daysAgo: 40 });
  await lab.admin.retention.policies.create({ keep_days: 30 });
  const held = await run("run");
  expect(held.code).toBe(1);
  expect(held.stdout).toContain(
    "The brake: it removes 50 % of the bucket's captures by number, more than 25 %.",
  );
  const command = /pilab-retention (run --bucket pilab-dev --plan [0-9a-f]{64} --confirm)/.exec(
    held.stdout,
  )?.[1];
  const done = await run(...(command ?? "").split(" "));
  expect(done.code).toBe(0);
  expect(done.stdout).toContain("Moved to the trash: 10 captures, 10 kB");
});

test.each([
  [["run", "--retention-days", "0"], /whole number from 1 to 36500/],
  [["run", "--plan", "x", "--dry-run"], /--plan executes a plan as it was made/],
  [["run", "--policy", "x", "--retention-days", "3"], /exclude each other/],
  [["restore"], /wants --id, --run, --device, --since or --until/],
  [["restore", "--since", "lately"], /it must be a time such as/],
  [["pin", "7"], /"7" is no capture's id/],
  [["serve", "--schedule", "whenever"], /--schedule "whenever"/],
])("%j is wrong usage, exit code 2, and says what is wanted", async (args, message) => {
  const { code, stderr } = await run(...args);
  expect(stderr).toMatch(message);
  expect(code).toBe(2);
});

test("without the service key every command says which variable is missing", async () => {
  const { code, stderr } = await runWorker(["trash", "list"]);
  expect(code).toBe(2);
  expect(stderr).toContain("SUPABASE_SERVICE_ROLE_KEY (or SUPABASE_SECRET_KEY): missing");
});

test("restore --run takes back what one run removed, and says of the rest why not", async () => {
  await lab.fill({ count: 60, everySeconds: 1 });
  const old = await lab.fill({ count: 8, daysAgo: 40 });
  const others = await lab.fill({ count: 3, daysAgo: 5, trashedDaysAgo: 2 });
  await lab.admin.retention.policies.create({ keep_days: 30 });
  const [{ id } = { id: "" }] = [JSON.parse((await run("run", "--json")).stdout) as { id: string }];
  await lab.rows("update public.captures set purging_at = now() where id = $1", [old[0]]);
  const { code, stdout } = await run("restore", "--run", id);
  expect(stdout).toContain("7 restored, 1 refused");
  expect(stdout).toContain(`${old[0]}: its purge has begun, from which there is no way back`);
  expect(code).toBe(3);
  expect(await liveOf(old)).toBe(7);
  expect(await liveOf(others)).toBe(0);
});

test("restore by device and time takes only what fits all of it, and --pin keeps it from the next run", async () => {
  await lab.fill({ count: 60, everySeconds: 1 });
  const early = await lab.fill({ count: 4, daysAgo: 40, trashedDaysAgo: 6 });
  const late = await lab.fill({ count: 4, daysAgo: 40, trashedDaysAgo: 2 });
  await lab.admin.retention.policies.create({ keep_days: 30 });
  const since = new Date(Date.now() - 3 * 86_400_000).toISOString();
  const { code } = await run("restore", "--device", "pi-1", "--since", since, "--pin");
  expect(code).toBe(0);
  expect([await liveOf(early), await liveOf(late)]).toEqual([0, 4]);
  expect(JSON.parse((await run("run", "--json")).stdout)).toMatchObject({ trashed_files: 0 });
  expect(await liveOf(late)).toBe(4);
});

test("restore refuses a capture whose object is gone, exit code 1", async () => {
  const [id = ""] = await lab.fill({ count: 1, daysAgo: 2, trashedDaysAgo: 1 });
  await lab.supabase.sql.transaction(async (tx) => {
    await tx.exec("set local storage.allow_delete_query = 'true'; delete from storage.objects");
  });
  const { code, stdout } = await run("restore", "--id", id);
  expect(stdout).toContain("its object is missing in storage");
  expect(code).toBe(1);
});

test("pin and unpin name what became of each id", async () => {
  const ids = await lab.fill({ count: 2 });
  const unknown = "00000000-0000-4000-8000-000000000000";
  const pinned = await run("pin", ...ids, unknown);
  expect(pinned).toMatchObject({
    code: 3,
    stdout: `2 pinned, 1 refused\n  ${unknown}: there is no such capture\n`,
  });
  expect(await run("unpin", ...ids)).toMatchObject({ code: 0, stdout: "2 unpinned\n" });
});

test("trash list shows why and until when; trash empty asks for --yes, and purges only what is past its grace", async () => {
  await lab.fill({ count: 2, daysAgo: 40, trashedDaysAgo: 8 });
  await lab.fill({ count: 3, daysAgo: 40, trashedDaysAgo: 1 });
  const list = await run("trash", "list", "--json");
  expect(
    list.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line)),
  ).toHaveLength(5);
  expect((await run("trash", "list", "--limit", "2")).stdout).toContain("and more");
  const asked = await run("trash", "empty");
  expect(asked).toMatchObject({ code: 2, stderr: expect.stringContaining("would purge 2 captures, 2 kB") });
  const emptied = await run("trash", "empty", "--yes", "--json");
  expect(emptied.code).toBe(0);
  expect(JSON.parse(emptied.stdout)).toMatchObject({ state: "done", purged_files: 2, trashed_files: 0 });
});

test("preview shows what policies will remove and free, and when the bucket is full", async () => {
  // A capture a quarter of an hour, for twenty days: 96 MB a day.
  await lab.fill({ count: 96 * 20, everySeconds: 900, sizeBytes: 1_000_000 });
  await lab.admin.retention.policies.create({ keep_days: 30 });
  await lab.rows("update public.bucket_settings set quota_bytes = 2500000000 where bucket_id = $1", [BUCKET]);
  const text = await run("preview", "--days", "40");
  expect(text.code).toBe(0);
  expect(text.stdout).toContain("All captures are kept for 30 days");
  expect(text.stdout).toMatch(/Full on \d{4}-\d\d-\d\d\./);
  const preview = JSON.parse((await run("preview", "--days", "40", "--json")).stdout);
  expect(preview.days).toHaveLength(41);
  expect(preview.policies[0].removed_files[0]).toBe(0);
  expect(preview.policies[0].removed_files.at(-1)).toBeGreaterThan(80);
  await lab.rows("update public.bucket_settings set quota_bytes = null where bucket_id = $1", [BUCKET]);
});
