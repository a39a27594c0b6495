import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, rmSync } from "node:fs";
import { mkdir, mkdtemp, open, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeJpeg, truncated } from "@pilab/testing";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { closeTheBooks } from "./agent/books.ts";
import { type AgentLab, type AgentProcess, startAgentLab, until } from "./agent/lab.ts";
import { makeLargeJpeg } from "./agent/large-picture.ts";
import { startSkewedProxy } from "./agent/skewed-proxy.ts";
import { uploader } from "./run-uploader.ts";

vi.setConfig({ testTimeout: 40_000, hookTimeout: 60_000 });

let lab: AgentLab;
beforeEach(async () => {
  lab = await startAgentLab();
});
afterEach(() => lab.stop());

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const rowCount = async () =>
  (await lab.rows<{ n: number }>("select count(*)::int as n from captures where deleted_at is null"))[0]?.n ??
  0;
const arrived = (files: number, timeoutMs = 15_000) =>
  until(async () => (await rowCount()) >= files, {
    timeoutMs,
    describe: () => lab.journal("select * from counters"),
  });
const deviceStatus = async () => (await lab.rows<Record<string, unknown>>("select * from device_status"))[0];
const statusShows = (fields: object, timeoutMs = 10_000) =>
  until(
    async () => {
      const status = await deviceStatus();
      return Object.entries(fields).every(([key, value]) =>
        value instanceof RegExp ? value.test(String(status?.[key])) : status?.[key] === value,
      );
    },
    { timeoutMs, describe: deviceStatus },
  );
const state = () => ["--state-dir", lab.stateFolder];
const count = (agent: AgentProcess, message: RegExp) =>
  agent.log.filter(({ msg }) => message.test(String(msg))).length;

describe("with a server that fails", () => {
  test("takes captures in while it is away, says so, and catches up by itself", async () => {
    const back = lab.proxy.inject({ fault: { kind: "reset" } });
    const agent = lab.start({}, { awayMaxMs: 200 });
    for (let index = 0; index < 5; index += 1) await lab.shoot();
    await agent.said("the server is away");
    await until(
      () =>
        lab.journal<{ files: number }>("select files from counters where state = 'queued'")[0]?.files === 5,
    );
    const shown = JSON.parse((await uploader(["status", ...state(), "--json"], lab.env)).stdout);
    expect(shown).toMatchObject({ running: true, agent: { state: "server_away" } });
    back();
    await arrived(5);
    expect(count(agent, /the server is away/)).toBe(1);
  });

  test("renews a token that is refused, and signs in by password when its kept session is no good", async () => {
    const first = lab.start();
    await lab.shoot();
    await arrived(1);
    expect(await first.kill("SIGTERM")).toBe(0);
    lab.proxy.reset();
    const second = lab.start();
    await lab.shoot();
    await arrived(2);
    const grants = () =>
      lab.proxy.requests.filter(({ path }) => path.includes("grant_type")).map(({ path }) => path);
    expect(grants()).toEqual(["/auth/v1/token?grant_type=refresh_token"]);
    lab.proxy.inject({
      path: /grant_type=refresh/,
      times: 1,
      fault: {
        kind: "answer",
        status: 400,
        body: { error_code: "refresh_token_not_found", message: "Invalid Refresh Token" },
      },
    });
    lab.proxy.inject({
      path: /known_captures/,
      times: 1,
      fault: { kind: "answer", status: 401, body: { code: "PGRST303", message: "JWT expired" } },
    });
    await lab.shoot();
    await arrived(3);
    expect(grants().slice(1)).toEqual([
      "/auth/v1/token?grant_type=refresh_token",
      "/auth/v1/token?grant_type=password",
    ]);
    expect(await second.kill("SIGTERM")).toBe(0);
  });

  test("stops uploads at a refusal with one message, tries one file after the wait or on `retry`, then goes on", async () => {
    const body = {
      statusCode: "403",
      error: "Unauthorized",
      code: "AccessDenied",
      message: "new row violates row-level security policy",
    };
    const allow = lab.proxy.inject({
      method: "POST",
      path: /\/object\/pilab-dev\//,
      fault: { kind: "answer", status: 400, body },
    });
    const agent = lab.start({}, { refusedMs: 3_600_000 });
    for (let index = 0; index < 6; index += 1) await lab.shoot();
    await agent.said("the server refuses this device");
    const tries = () =>
      lab.proxy.requests.filter(
        ({ path, method }) => method === "POST" && path.includes("/object/pilab-dev/"),
      ).length;
    await until(
      () =>
        lab.journal<{ files: number }>(
          "select sum(files) as files from counters where state in ('queued', 'placed')",
        )[0]?.files === 6,
    );
    // Operators see why nothing comes, not a silent Pi.
    await statusShows({ state: "refused", last_error: /The server refuses uploads/ });
    // What was under way ended with it.
    await until(() => lab.journal("select 1 from files where state = 'placed'").length > 0);
    await new Promise((resolve) => setTimeout(resolve, 500));
    const before = tries();
    await uploader(["retry", ...state()], lab.env);
    await until(() => tries() > before);
    await until(() => count(agent, /refuses this device/) === 2);
    expect(tries()).toBe(before + 1);
    allow();
    const { stdout } = await uploader(["retry", ...state()], lab.env);
    expect(stdout).toContain("to be tried now");
    await arrived(6);
  });

  test("a device that was retired keeps taking captures in, and uploads again when it is back", async () => {
    const agent = lab.start();
    await lab.shoot();
    await arrived(1);
    await lab.rows("update devices set retired_at = now()");
    await agent.said("the server refuses this device");
    await lab.shoot();
    await until(() => lab.journal("select 1 from files where state = 'queued'").length === 1);
    expect(await rowCount()).toBe(1);
    await lab.rows("update devices set retired_at = null");
    await arrived(2);
  });

  test("uploads under a low limit though its turn comes after longer than the server may be silent", async () => {
    const agent = lab.start({ bwlimit: "24k" }, { idleTimeoutMs: 700 });
    for (let seed = 1; seed <= 4; seed += 1) {
      const picture = await makeLargeJpeg(40_000, seed);
      const path = join(lab.spool, `large-${seed}.jpg`);
      await writeFile(`${path}.tmp`, picture);
      await rename(`${path}.tmp`, path);
      lab.note(path, picture);
    }
    await arrived(4, 30_000);
    expect(count(agent, /^failed$|away/)).toBe(0);
  });

  test("ends within ten seconds on SIGTERM though an upload hangs, and loses nothing", async () => {
    const go = lab.proxy.inject({ method: "POST", path: /\/object\//, fault: { kind: "hang" } });
    const agent = lab.start({}, { idleTimeoutMs: 60_000, stopGraceMs: 2000 });
    await lab.shoot();
    await until(() => lab.proxy.requests.some(({ path }) => path.includes("/object/")));
    const startedAt = performance.now();
    expect(await agent.kill("SIGTERM")).toBe(0);
    expect(performance.now() - startedAt).toBeLessThan(8000);
    go();
    lab.start();
    await arrived(1);
  });
});

describe("with files that are hard to take", () => {
  test("takes a file that is written slowly once, whole, and one that is renamed over as a second capture", async () => {
    const agent = lab.start({ settle: "0.3s" });
    await agent.said("ready");
    const [slow, later] = [
      await makeJpeg({ width: 64, height: 48, seed: 901 }),
      await makeJpeg({ width: 64, height: 48, seed: 902 }),
    ];
    const path = join(lab.spool, "slow.jpg");
    const file = await open(path, "w");
    for (const at of [0, 100, 200]) {
      await file.write(slow.subarray(at, at === 200 ? slow.length : at + 100));
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    await file.close();
    await arrived(1);
    await writeFile(`${path}.tmp`, later);
    await rename(`${path}.tmp`, path);
    await arrived(2);
    const rows = await lab.rows<{ sha256: string }>("select sha256 from captures");
    expect(new Set(rows.map((row) => row.sha256))).toEqual(new Set([sha256(slow), sha256(later)]));
  });

  test("quarantines a half-written file where it lies, tells the server, and tries it again on release", async () => {
    lab.start();
    const whole = await makeJpeg({ width: 64, height: 48, seed: 903 });
    const path = join(lab.spool, "half.jpg");
    await writeFile(path, truncated(whole));
    await statusShows({ quarantined_files: 1, last_quarantine_reason: /half\.jpg/ });
    expect(await rowCount()).toBe(0);
    // The agent counts what its open transaction holds; another process sees it once that is committed.
    await until(() => lab.journal("select 1 from files where state = 'quarantined'").length === 1);
    const list = (await uploader(["quarantine", "list", ...state(), "--json"], lab.env)).stdout;
    const { id, path: listed } = JSON.parse(list);
    expect(listed).toBe(path);
    const released = await uploader(["quarantine", "release", String(id), ...state()], lab.env);
    expect(released).toMatchObject({ code: 0, stdout: "1 file to be tried again.\n" });
    await until(() => lab.journal("select 1 from files where state = 'quarantined'").length === 1);
    await writeFile(path, whole);
    await arrived(1);
  });

  test("says that a file is too large, and takes it when the limit has been raised, at a start or on `retry`", async () => {
    const allow = (bytes: number) => Object.assign(lab.env, { MAX_FILE_SIZE: String(bytes) });
    allow(300);
    const first = lab.start();
    await lab.shoot();
    await statusShows({ last_error: /^1 file above MAX_FILE_SIZE/ });
    expect(await first.kill("SIGTERM")).toBe(0);
    // By the limit of a shell nothing is judged.
    await uploader(["retry", ...state()], { ...lab.env, MAX_FILE_SIZE: "1000000" });
    const second = lab.start();
    await second.said("ready");
    expect(second.log.filter(({ msg }) => /limit of now/.test(String(msg)))).toEqual([]);
    expect(await second.kill("SIGTERM")).toBe(0);
    allow(1_000_000);
    lab.start();
    await arrived(1);
    await statusShows({ last_error: null });
  });

  test("goes on with a large upload from its offset after a kill", async () => {
    const bytes = Buffer.concat([
      await makeJpeg({ width: 64, height: 48, seed: 904 }),
      Buffer.alloc(14 * 1024 * 1024),
    ]);
    await writeFile(join(lab.spool, "large.jpg"), bytes);
    const first = lab.start({ bwlimit: "4M" });
    const patches = () => lab.proxy.requests.filter(({ method }) => method === "PATCH");
    await until(() => patches().length === 2);
    await first.kill("SIGKILL");
    lab.proxy.reset();
    lab.start();
    await arrived(1);
    expect(
      lab.proxy.requests.filter(
        ({ path, method }) => method === "POST" && path.endsWith("/upload/resumable"),
      ),
    ).toEqual([]);
    expect(Number(patches()[0]?.headers["upload-offset"])).toBeGreaterThan(0);
    const [row] = await lab.rows<{ sha256: string }>("select sha256 from captures");
    expect(row?.sha256).toBe(sha256(bytes));
  });

  test("frees its own spool and what --free names, never a folder that is only named", async () => {
    const [mine, given] = [join(lab.stateFolder, "mine"), join(lab.stateFolder, "given")];
    await mkdir(mine);
    await mkdir(given);
    const shots = await Promise.all([lab.shoot(), lab.shoot("../mine/a.jpg"), lab.shoot("../given/b.jpg")]);
    lab.start({ folder: [mine], free: [given], keepLocal: "0" }, { spaceEveryMs: 200 });
    const [own = "", named = "", free = ""] = shots;
    await until(() => !existsSync(own) && !existsSync(free));
    expect(existsSync(named)).toBe(true);
    expect(await rowCount()).toBe(3);
    await until(() => lab.journal("select 1 from files where state = 'freed'").length === 2);
  });
});

describe("with a world that changes", () => {
  test("settings of the device hold from the next heartbeat: series, shot type, a pause", async () => {
    lab.start();
    await statusShows({ state: "idle" });
    await lab.rows(
      "update devices set series = 'dish 7', shot_type = 'macro', paused_until = now() + interval '1 hour'",
    );
    await statusShows({ state: "paused" });
    await lab.shoot();
    await statusShows({ state: "paused", queue_files: 1 });
    expect(await rowCount()).toBe(0);
    await lab.rows("update devices set paused_until = null");
    await arrived(1);
    expect(await lab.rows("select series, shot_type from captures")).toEqual([
      { series: "dish 7", shot_type: "macro" },
    ]);
  });

  test("a restored database that has forgotten rows and objects gets again what is still here", async () => {
    const agent = lab.start({}, { confirmAfterMs: 1500 });
    for (let index = 0; index < 4; index += 1) await lab.shoot();
    await arrived(4);
    // The rows of two, the object of a third.
    const paths = await lab.rows<{ object_path: string }>(
      "select object_path from captures order by object_path",
    );
    await lab.rows("delete from captures where object_path = any($1)", [
      paths.slice(0, 2).map(({ object_path }) => object_path),
    ]);
    const headers = { authorization: `Bearer ${lab.supabase.serviceRoleKey}` };
    const lost = `${lab.supabase.url}/storage/v1/object/pilab-dev/${paths[2]?.object_path}`;
    expect((await fetch(lost, { method: "DELETE", headers })).status).toBe(200);
    await agent.said("the server has forgotten captures");
    await arrived(4);
    await until(() => lab.journal("select 1 from files where state = 'confirmed'").length === 4);
    await until(async () => (await fetch(lost, { headers })).status === 200);
    expect(await closeTheBooks(lab)).toMatchObject({
      catalogued: 4,
      lost: [],
      wrongRows: [],
      wrongObjects: [],
    });
  });

  test.each([
    ["by the daily walk", { recheckEveryMs: 300 }, "7d"],
    ["before it is freed", {}, "6s"],
  ])(
    "a database set back behind what was confirmed gets again what is still here: seen %s",
    async (_, times, keepLocal) => {
      lab.start({ keepLocal }, times);
      const confirmed = () =>
        until(() => lab.journal("select 1 from files where state = 'confirmed'").length === 4);
      for (let index = 0; index < 4; index += 1) await lab.shoot();
      await arrived(4);
      await confirmed();
      await lab.rows("delete from captures");
      await arrived(4);
      expect([...lab.written.values()].filter((path) => !existsSync(path))).toEqual([]);
      await confirmed();
      expect(await closeTheBooks(lab)).toMatchObject({
        ...{ catalogued: 4, lost: [], wrongRows: [], wrongObjects: [], freedWithoutProof: [] },
      });
    },
  );

  test("a card that goes on in another machine, where its files have other numbers, loses nothing and stores nothing twice", async () => {
    const first = lab.start();
    for (let index = 0; index < 3; index += 1) await lab.shoot();
    await arrived(3);
    await first.kill("SIGKILL");
    await lab.shoot();
    const copy = `${lab.stateFolder}-copy`;
    execFileSync("cp", ["-a", lab.stateFolder, copy]);
    rmSync(lab.stateFolder, { recursive: true });
    await rename(copy, lab.stateFolder);
    lab.start({ keepLocal: "0" });
    await arrived(4);
    await until(
      () => lab.journal("select 1 from files where is_current = 1 and state = 'freed'").length === 4,
    );
    const books = await closeTheBooks(lab);
    expect(books).toMatchObject({ catalogued: 4, freed: 4, lost: [], wrongRows: [], freedWithoutProof: [] });
    expect(await lab.rows("select sum(repeat_count)::int as n from captures")).toEqual([{ n: 0 }]);
  });

  test("a clock that nobody has set, as a cloned card's, is corrected by the server's in time, path and report", async () => {
    // What the system says of its own clock must be the same on every machine.
    const bin = join(lab.stateFolder, "bin");
    await mkdir(bin);
    await writeFile(join(bin, "timedatectl"), "#!/bin/sh\necho no\n", { mode: 0o755 });
    const behindMs = 3 * 86_400_000;
    const proxy = await startSkewedProxy(lab.supabase.url, -behindMs);
    Object.assign(lab.env, {
      SUPABASE_URL: proxy.url,
      PATH: `${bin}:${lab.env.PATH}`,
      TEST_ROOT: lab.stateFolder,
    });
    try {
      lab.start();
      const shotAt = new Date(Date.now() - behindMs);
      // As `capture` names it, by the clock as it stands.
      await lab.shoot(`${new Date().toISOString().replaceAll(/[-:.]/g, "")}.jpg`);
      await arrived(1);
      const [row] = await lab.rows<Record<string, string>>(
        "select captured_at, captured_at_trusted, object_path from captures",
      );
      expect(Math.abs(new Date(row?.captured_at ?? 0).getTime() - shotAt.getTime())).toBeLessThan(20_000);
      expect(row?.captured_at_trusted).toBe(true);
      expect(row?.object_path).toContain(`/${shotAt.toISOString().slice(0, 10).replaceAll("-", "/")}/`);
      await statusShows({ last_error: /clock is off by (?:72 h|71 h 59).*; times are corrected/ });
    } finally {
      await proxy.stop();
    }
  });

  test("a supply that was too weak for a moment is told of, by name", async () => {
    const firmware = join(lab.stateFolder, "root/sys/devices/platform/soc/soc:firmware");
    await mkdir(firmware, { recursive: true });
    await writeFile(join(firmware, "get_throttled"), "10000\n");
    Object.assign(lab.env, { TEST_ROOT: join(lab.stateFolder, "root") });
    lab.start();
    await statusShows({ throttled: true, last_error: /power supply is too weak/ });
    await statusShows({ throttled: false, last_error: null });
  });

  test("two agents with one identity are noticed, by both and on the server", async () => {
    lab.start();
    await statusShows({ state: "idle" });
    const other = await mkdtemp(join(tmpdir(), "pilab-clone-"));
    lab.start({ stateDir: other });
    await statusShows({ last_error: /Another agent works as this same device/ });
    const shown = JSON.parse((await uploader(["status", ...state(), "--json"], lab.env)).stdout);
    await until(async () => /Another agent/.test(await readFile(join(other, "agent.json"), "utf8")));
    await until(async () =>
      /Another agent/.test(await readFile(join(lab.stateFolder, "agent.json"), "utf8")),
    );
    expect(shown.running).toBe(true);
    await rm(other, { recursive: true, force: true });
  });

  test("a journal that belongs to another device stops the agent, which says so; --new-target queues all again, once", async () => {
    const first = lab.start();
    await lab.shoot();
    await arrived(1);
    await first.kill("SIGTERM");
    const becomes = async (slug: string) => {
      const { credentials } = await lab.admin.devices.create({ slug });
      Object.assign(lab.env, { PILAB_EMAIL: credentials.email, PILAB_PASSWORD: credentials.password });
    };
    await becomes("pi-2");
    await lab.shoot();
    const refused = lab.start();
    expect(await refused.ended).toBe(2);
    expect(JSON.stringify(refused.log.at(-1))).toContain("--new-target");
    expect(await rowCount()).toBe(1);
    const second = lab.start({ newTarget: true });
    await arrived(3);
    await second.kill("SIGTERM");
    // What `install --new-target` leaves for a service, which has no such option.
    const mark = join(lab.stateFolder, "new-target");
    await writeFile(mark, "");
    await becomes("pi-3");
    const third = lab.start();
    await arrived(5);
    expect(existsSync(mark)).toBe(false);
    await third.kill("SIGTERM");
    await becomes("pi-4");
    expect(await lab.start().ended).toBe(2);
  });

  test("uploads are counted once however often the agent is started", async () => {
    for (let life = 0; life < 3; life += 1) {
      const agent = lab.start();
      await lab.shoot();
      await arrived(life + 1);
      await until(async () => {
        const [row] = await lab.rows<{ ok: number }>(
          "select coalesce(sum(ok), 0)::int as ok from upload_stats_hourly",
        );
        return row?.ok === life + 1;
      });
      await agent.kill("SIGKILL");
    }
  });
});
