import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Project, startProject } from "./start-project.ts";

let project: Project;

beforeAll(async () => {
  project = await startProject();
});
afterAll(() => project?.stop());
beforeEach(() => project.proxy.reset());

describe("policies", () => {
  test("are made, listed from the general to the special, changed and removed", async () => {
    const { policies } = project.service.retention;
    const special = await policies.create({ series: "dish 7", keep_days: 365 });
    const general = await policies.create({ keep_days: 30, grace_days: 3 });
    expect((await policies.list()).map(({ id }) => id)).toEqual([general.id, special.id]);
    expect(await policies.update(general.id, { keep_last: 100, keep_days: null })).toMatchObject({
      ...{ keep_days: null, keep_last: 100, grace_days: 3 },
    });
    await policies.remove(special.id);
    await expect(policies.remove(special.id)).rejects.toMatchObject({ code: "not_found" });
    expect(await policies.list()).toHaveLength(1);
    await policies.remove(general.id);
  });

  test("are refused when they say nothing, when made and when changed, in words that name the rules", async () => {
    const { policies } = project.service.retention;
    const refusal = { code: "invalid_input", message: expect.stringContaining("an empty policy") };
    await expect(policies.create({ series: "x" })).rejects.toMatchObject(refusal);
    const { id } = await policies.create({ keep_days: 30 });
    await expect(policies.update(id, { keep_days: null })).rejects.toMatchObject(refusal);
    expect(await policies.list()).toMatchObject([{ keep_days: 30 }]);
    await expect(policies.create({ keep_last: 5 })).rejects.toMatchObject({
      code: "already_exists",
      hint: "There is one policy for one scope: change that one.",
    });
    await policies.remove(id);
  });
});

test("a change of any number of captures goes in calls of 500, with one answer an id", async () => {
  const ids = Array.from({ length: 1201 }, () => randomUUID());
  const changes = await project.service.captures.pin([...ids, ...ids]);
  expect(new Set(changes.map(({ id }) => id))).toEqual(new Set(ids));
  expect(changes).toHaveLength(1201);
  expect(project.proxy.requests.filter(({ path }) => path.endsWith("pin_captures"))).toHaveLength(3);
});

test("a capture is pinned against removal, removed with a reason, and restored with its labels", async () => {
  const { pilab } = await project.device();
  const file = await project.file("life.jpg", await project.picture());
  const { captureId: id = "" } = await pilab.captures.uploadAndLog(file);
  const { captures } = project.service;
  await captures.pin([id]);
  expect(await captures.softDelete([id])).toEqual([{ id, outcome: "refused", reason: "pinned" }]);
  await captures.unpin([id]);
  expect(await captures.softDelete([id], { reason: "blurred" })).toMatchObject([{ outcome: "changed" }]);
  expect(await captures.get(id)).toMatchObject({ delete_reason: "blurred" });
  expect(await captures.restore([id])).toMatchObject([{ outcome: "changed" }]);
  await captures.setFields([id], { series: "dish 7", metadata: { note: "mould" } });
  expect(await captures.get(id)).toMatchObject({
    series: "dish 7",
    metadata: { note: "mould" },
    deleted_at: null,
  });
  await expect(captures.setFields([id], {})).rejects.toMatchObject({ code: "invalid_input" });
});

describe("a lease", () => {
  const hold = (name: string, work: Parameters<typeof project.service.leases.hold>[1]["work"], ttlS = 1) =>
    project.service.leases.hold(name, { holder: "tester", ttlS, work });
  const rows = (sql: string) => project.supabase.sql.transaction((tx) => tx.query(sql));

  test("is held for as long as its work takes, longer than it lasts unrenewed, and free after", async () => {
    const startedAt = performance.now();
    await hold("long", async ({ signal }) => {
      while (performance.now() - startedAt < 1600) {
        signal.throwIfAborted();
        await expect(hold("long", async () => {})).rejects.toMatchObject({ code: "lock_held" });
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    });
    expect(await hold("long", async () => "free")).toBe("free");
  });

  test("that another worker took aborts the work at the next renewal, and says so", async () => {
    await expect(
      hold("lost", async ({ signal }) => {
        await rows(
          "update public.leases set expires_at = clock_timestamp(), lease_token = lease_token + 1 where name = 'lost'",
        );
        await new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason));
        });
      }),
    ).rejects.toMatchObject({ code: "lock_held", message: expect.stringContaining("lost lost") });
  });

  test("that cannot be renewed aborts the work when its time is over", async () => {
    project.proxy.inject({ path: /renew_lease/, fault: { kind: "reset" } });
    const startedAt = performance.now();
    await expect(
      hold(
        "away",
        ({ signal }) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener("abort", () => reject(new Error("stopped")));
          }),
      ),
    ).rejects.toMatchObject({ code: "lock_held" });
    expect(performance.now() - startedAt).toBeGreaterThan(900);
  });
});

describe("requests", () => {
  test("with arguments that their kind does not take are refused before they are asked", async () => {
    const ask = project.service.requests.ask("preview", { days: 4000 });
    await expect(ask).rejects.toMatchObject({
      code: "invalid_input",
      message: expect.stringContaining("days"),
    });
  });

  test("are taken by one worker, given back, and answered", async () => {
    const { requests } = project.service;
    const { id } = await requests.ask("preview", {});
    const take = () => requests.take({ worker: "w", staleMs: 60_000 });
    const taken = await Promise.all([take(), take(), take()]);
    expect(taken.filter((request) => request !== undefined)).toMatchObject([{ id, state: "running" }]);
    await requests.update(id, { release: true });
    expect(await take()).toMatchObject({ id });
    await requests.update(id, { result: { fine: true } });
    expect(await requests.wait(id)).toMatchObject({ state: "done", result: { fine: true } });
  });

  test("that nobody answers say after the time whether a worker has taken them", async () => {
    const { id } = await project.service.requests.ask("verify");
    const waiting = project.service.requests.wait(id, { timeoutMs: 100, everyMs: 20 });
    await expect(waiting).rejects.toMatchObject({
      code: "timeout",
      hint: expect.stringContaining("No worker took it"),
    });
  });
});
