import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { auditReport } from "@pilab/schema";
import { childEnvironment, makeJpeg } from "@pilab/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { sealJob, verifyJob } from "../src/audit/audit-jobs.ts";
import { reconcileJob } from "../src/reconcile/reconcile-job.ts";
import { scrubJob } from "../src/scrub/scrub-job.ts";
import { BucketRuns } from "../src/serve/bucket-runs.ts";
import { requestJob } from "../src/serve/request-job.ts";
import { BUCKET, type RetentionLab, startRetentionLab } from "./lab.ts";

const MAIN = join(import.meta.dirname, "../src/main.ts");
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

describe.each(["pglite", "postgres"] as const)(
  "reconcile, scrub and audit as commands on %s",
  { timeout: 180_000 },
  (engine) => {
    let lab: RetentionLab;
    let headFile: string;

    beforeAll(async () => {
      lab = await startRetentionLab(engine);
      headFile = join(tmpdir(), `pilab-heads-${process.pid}-${engine}.jsonl`);
    }, 60_000);
    afterAll(async () => {
      await lab?.stop();
      await rm(headFile, { force: true });
    });
    beforeEach(async () => {
      await lab.empty();
      await rm(headFile, { force: true });
    });

    const start = (
      args: string[],
      { env = {}, flags = [] }: { env?: Record<string, string>; flags?: string[] } = {},
    ) =>
      spawn(process.execPath, [...flags, MAIN, ...args], {
        env: { ...childEnvironment(), ...lab.env, ...env },
        stdio: ["ignore", "pipe", "pipe"],
      });
    const ended = async (child: ChildProcess) => {
      let [out, err] = ["", ""];
      child.stdout?.setEncoding("utf8").on("data", (text: string) => {
        out += text;
      });
      child.stderr?.setEncoding("utf8").on("data", (text: string) => {
        err += text;
      });
      const code = await new Promise<number | null>((resolve) => {
        child.once("close", resolve);
      });
      return { code, out, err };
    };
    const run = (args: string[], options = {}) => ended(start(args, options));
    const put = async (path: string, bytes: Uint8Array, metadata: object) => {
      const answer = await fetch(`${lab.supabase.url}/storage/v1/object/${BUCKET}/${path}`, {
        method: "POST",
        headers: {
          authorization: `Bearer ${lab.supabase.serviceRoleKey}`,
          "content-type": "image/jpeg",
          "x-metadata": Buffer.from(JSON.stringify(metadata)).toString("base64"),
        },
        body: new Uint8Array(bytes),
      });
      if (!answer.ok) throw new Error(await answer.text());
    };
    const claim = (bytes: Uint8Array) => ({
      ...{
        v: 1,
        sha256: sha256(bytes),
        captured_at: "2026-03-09T14:15:02.000Z",
        source: "exif",
        device: "pi-1",
      },
    });

    test("a reconcile --fix that is killed again and again leaves each object with one row, or gone, and is ended by the next", async () => {
      for (let n = 0; n < 24; n++) {
        const bytes = await makeJpeg({ width: 32, height: 24, seed: n });
        await put(`pi-1/kill-${n}.jpg`, bytes, n % 2 ? claim(bytes) : {});
        await put(`pi-1/junk-${n}.jpg`, Buffer.from(`junk ${n}`), {});
      }
      const args = ["reconcile", "--fix", "--confirm", "--min-age", "0", "--json"];
      for (let kill = 1; kill <= 6; kill++) {
        const child = start(args);
        const end = ended(child);
        let lines = 0;
        child.stdout?.on("data", (text: string) => {
          lines += text.split("\n").length - 1;
          if (lines >= kill) child.kill("SIGKILL");
        });
        await end;
        await lab.rows("update public.leases set expires_at = clock_timestamp()");
        const broken =
          await lab.rows(`select object_path from public.captures c where purging_at is null and not exists (
        select from storage.objects o where o.bucket_id = c.bucket_id and o.name = c.object_path)`);
        expect(broken).toEqual([]);
      }
      expect((await run(args)).code).toBe(0);
      // What a kill left claimed, the next purge ends.
      await run(["run"]);
      const { out, code } = await run(["reconcile", "--min-age", "0"]);
      expect({ out, code }).toMatchObject({ code: 0 });
      const states = await lab.rows<{ state: string; n: number }>(`
      select case when purged_at is not null then 'purged' when deleted_at is not null then 'trashed' else 'live' end as state, count(*)::int as n
      from public.captures group by 1 order by 1`);
      expect(states).toEqual([
        { state: "live", n: 12 },
        { state: "purged", n: 24 },
        { state: "trashed", n: 12 },
      ]);
      expect(await lab.rows("select count(*)::int as n from storage.objects")).toEqual([{ n: 24 }]);
    });

    test("serve's own reconcile tells of an object without a row by a check, and changes nothing", async () => {
      await lab.rows(
        `insert into storage.objects (bucket_id, name, version, metadata, created_at, updated_at)
         values ('${BUCKET}', 'pi-1/alone.jpg', gen_random_uuid()::text, '{"size": 10}', '2026-01-01', '2026-01-01')`,
      );
      await reconcileJob(lab.worker(), undefined).run(new AbortController().signal);
      expect(
        await lab.rows("select ok, found from public.check_results where check_name = 'orphans'"),
      ).toEqual([{ ok: false, found: 1 }]);
      expect(await lab.rows("select id from public.captures")).toEqual([]);
      expect(await lab.rows("select name from storage.objects")).toEqual([{ name: "pi-1/alone.jpg" }]);
    });

    test("reconcile sees 10,000 objects without a row, 8 KB of metadata each, in 64 MB", async () => {
      await lab.rows(
        `insert into storage.objects (bucket_id, name, version, metadata, user_metadata, created_at, updated_at)
       select '${BUCKET}', 'pi-1/many/' || n, gen_random_uuid()::text, '{"size": 10}',
         jsonb_build_object('note', (select string_agg(md5(n::text || m), '') from generate_series(1, 240) as m)), '2026-01-01', '2026-01-01'
       from generate_series(1, 10000) as n`,
      );
      const { code, out, err } = await run(["reconcile"], { flags: ["--max-old-space-size=64"] });
      expect(err).toBe("");
      expect(code).toBe(3);
      expect(out).toContain("10,000: has no row");
    });

    test("reconcile names what is wrong, what it did and what to do next, and is held by the brake", async () => {
      const [lost] = await lab.fill({ count: 1 });
      const bytes = await makeJpeg({ width: 32, height: 24, seed: 99 });
      await put("pi-1/stray.jpg", bytes, {});
      await lab.supabase.sql.transaction(async (tx) => {
        await tx.exec("set local storage.allow_delete_query = 'true'");
        await tx.exec("delete from storage.objects where name like 'pi-1/fill-%'");
      });
      const seen = await run(["reconcile", "--min-age", "0"]);
      expect(seen).toMatchObject({ code: 3, err: "" });
      expect(seen.out).toContain("pi-1/stray.jpg has no row\n");
      expect(seen.out).toContain("has a row and no object");
      expect(seen.out).toContain("To put right what can be: pilab-retention reconcile --fix");
      const held = await run(["reconcile", "--fix", "--min-age", "0"]);
      expect(held).toMatchObject({ code: 1, out: expect.stringContaining("Held by the brake") });
      const fixed = await run(["reconcile", "--fix", "--confirm", "--min-age", "0", "--json"]);
      expect(fixed.code).toBe(3);
      const lines = fixed.out
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as Record<string, unknown>);
      expect(lines).toContainEqual(expect.objectContaining({ path: "pi-1/stray.jpg", action: "trashed" }));
      expect(lines.at(-1)).toMatchObject({ trashed: 1, faulty: 1 });
      expect(await lab.admin.checks.faulty()).toMatchObject([{ capture_id: lost, outcome: "missing" }]);
      expect((await run(["reconcile", "--min-age", "soon"])).code).toBe(2);
    });

    test("scrub reads a share back, tells of what is wrong by its exit code, and serve does it by itself", async () => {
      const bytes = await makeJpeg({ width: 32, height: 24, seed: 5 });
      await put("pi-1/good.jpg", bytes, claim(bytes));
      await run(["reconcile", "--fix", "--confirm", "--min-age", "0"]);
      const good = await run(["scrub", "--sample", "100%", "--max-bytes", "1MB"]);
      expect(good).toMatchObject({ code: 0, out: expect.stringContaining("read 1 capture back") });
      const [row] = await lab.rows("select id from public.captures");
      await lab.rows("update public.scrubs set day = day - 1");
      await lab.supabase.sql.transaction(async (tx) => {
        await tx.exec("set local storage.allow_delete_query = 'true'");
        await tx.exec("delete from storage.objects where name = 'pi-1/good.jpg'");
      });
      await scrubJob(lab.worker(), undefined).run(new AbortController().signal);
      expect(await lab.admin.checks.faulty()).toMatchObject([{ capture_id: row?.id, outcome: "missing" }]);
      expect((await run(["scrub"])).code).toBe(1);
      expect((await run(["scrub", "--sample", "0"])).code).toBe(2);
    });

    test("the dashboard's request to verify is answered with the report, and the alerts are told", async () => {
      await lab.admin.audit.seal();
      const { id } = await lab.admin.requests.ask("verify", {});
      const stop = new AbortController();
      const job = requestJob(lab.worker(), { runs: new BucketRuns() });
      await job.run(stop.signal);
      const { state, result } = await lab.admin.requests.wait(id, { timeoutMs: 30_000, everyMs: 20 });
      stop.abort();
      expect(state).toBe("done");
      expect(auditReport.parse(result)).toMatchObject({
        source: "database",
        ok: true,
        database_agrees: true,
        anchored: null,
      });
      expect(await lab.admin.checks.list()).toContainEqual(
        expect.objectContaining({ check_name: "audit_chain", ok: true }),
      );
    });

    test("audit seals, keeps heads, verifies online and from an export, and says which range a superuser edited", async () => {
      const env = { AUDIT_HEAD_FILE: headFile };
      const seal = sealJob(lab.worker(env));
      const signal = new AbortController().signal;
      for (let n = 0; n < 3; n++) {
        await lab.rows(`update public.devices set name = 'pi ${n}'`);
        await seal.run(signal);
        await seal.run(signal);
      }
      const heads = (await readFile(headFile, "utf8"))
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as { id: number; last_id: number });
      expect(heads.map(({ id }) => id)).toEqual(heads.map((_, n) => (heads[0]?.id ?? 0) + n));
      expect(await run(["audit", "seal"], { env })).toMatchObject({ code: 0 });
      expect(await run(["audit", "verify"], { env })).toMatchObject({
        code: 0,
        out: expect.stringContaining("Intact."),
      });
      expect(await run(["audit", "verify"])).toMatchObject({
        code: 0,
        out: expect.stringContaining("Only self-consistent: 1 to"),
      });

      const exported = join(tmpdir(), `pilab-export-${process.pid}-${engine}.jsonl`);
      const edited = `${exported}.edited`;
      try {
        expect((await run(["audit", "export", "--jsonl", "--output", exported])).code).toBe(0);
        const text = await readFile(exported, "utf8");
        expect((await run(["audit", "export"])).out).toBe(text);
        // Without the database: none of its variables is needed.
        const offline = { env: { ...env, SUPABASE_URL: "", SUPABASE_SERVICE_ROLE_KEY: "" } };
        expect(await run(["audit", "verify", "--from-export", exported], offline)).toMatchObject({
          code: 0,
          err: "",
        });
        await writeFile(edited, text.replace("device.changed", "device.deleted"));
        expect((await run(["audit", "verify", "--from-export", edited], offline)).code).toBe(1);
      } finally {
        await rm(exported, { force: true });
        await rm(edited, { force: true });
      }

      const [before, last] = heads.slice(-2) as [{ last_id: number }, { id: number; last_id: number }];
      await lab.supabase.sql.transaction(async (tx) => {
        await tx.exec("set local session_replication_role = replica");
        await tx.exec(
          `update public.storage_audit_log set actor = 'nobody' where id = ${last.last_id}; delete from public.audit_seals where id >= ${last.id}`,
        );
      });
      const forged = await run(["audit", "seal"]);
      expect(forged.code).toBe(0);
      const found = await run(["audit", "verify"], { env });
      expect(found.code).toBe(1);
      expect(found.out).toContain(`Anchored: 1 to ${before.last_id}.`);
      expect(found.out).toContain(`entries ${before.last_id + 1} to`);
      expect(found.out).toContain("made anew after a head was kept outside");
      await verifyJob(lab.worker(env)).run(signal);
      expect(await lab.admin.checks.list()).toContainEqual(
        expect.objectContaining({ check_name: "audit_chain", ok: false }),
      );
      expect(await run(["audit", "verify", "--head", "/nowhere/heads"])).toMatchObject({ code: 2 });
      const csv = await run(["audit", "export", "--csv", "--since", "2020-01-01"]);
      expect(csv.out).toMatch(/^id,created_at,/);
      // The chain starts anew for the suites after this one.
      await lab.supabase.sql.transaction(async (tx) => {
        await tx.exec("set local session_replication_role = replica");
        await tx.exec("truncate public.audit_seals");
      });
    });
  },
);
