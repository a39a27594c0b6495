import { afterAll, beforeAll, expect, test } from "vitest";
import type { TrashCursor } from "../src/index.ts";
import { type Project, startProject } from "./start-project.ts";

let project: Project;
beforeAll(async () => {
  project = await startProject();
}, 120_000);
afterAll(() => project?.stop());

test("pages of the trash fit together in both orders, and the audit log finds what moved captures there", async () => {
  const { pilab, id: deviceId } = await project.device();
  const admin = project.client({ serviceKey: project.supabase.serviceRoleKey, actor: "the night shift" });
  const ids: string[] = [];
  for (let at = 0; at < 5; at += 1) {
    const { captureId } = await pilab.captures.uploadAndLog(await project.picture(), {
      fileName: `${at}.jpg`,
    });
    ids.push(captureId as string);
  }
  const before = new Date();
  // In one call: all of them have one time, so that only the id orders them.
  await admin.captures.softDelete(ids.slice(0, 3), { reason: "blurred" });
  for (const id of ids.slice(3)) await admin.captures.softDelete([id]);

  for (const order of ["oldest", "newest"] as const) {
    const seen: string[] = [];
    let after: TrashCursor | undefined;
    do {
      const page = await admin.retention.trashPage({
        bucket: admin.bucket,
        deviceId,
        order,
        limit: 2,
        after,
      });
      seen.push(...page.captures.map(({ id }) => id));
      after = page.next ?? undefined;
    } while (after);
    const whole = await admin.retention.trashPage({ bucket: admin.bucket, deviceId, order });
    expect(whole.next).toBeNull();
    expect(seen).toEqual(whole.captures.map(({ id }) => id));
    expect(new Set(seen)).toEqual(new Set(ids));
    expect(order === "oldest" ? seen.at(-1) : seen[0]).toBe(ids[4]);
  }

  const filter = { action: "capture.soft_deleted", deviceId, since: before };
  const { entries } = await admin.audit.list(filter);
  expect(entries.map(({ object_id }) => object_id).toSorted()).toEqual(ids.toSorted());
  expect((await admin.audit.list({ ...filter, actor: "the night shift" })).entries).toHaveLength(5);
  expect((await admin.audit.list({ ...filter, actor: "somebody else" })).entries).toEqual([]);
  expect((await admin.audit.list({ ...filter, until: before })).entries).toEqual([]);
});
