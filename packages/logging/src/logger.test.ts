import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PilabError } from "@pilab/schema";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { withCorrelation } from "./correlation.ts";
import { type CreateLoggerOptions, createLogger } from "./logger.ts";

const jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJkZXZpY2UifQ.c2lnbmF0dXJl";

/** A logger over a sink in memory. */
function capture(options: Partial<CreateLoggerOptions> = {}) {
  const text: string[] = [];
  const destination = { write: (line: string) => void text.push(line) };
  const log = createLogger({
    app: "test",
    destination,
    now: () => Date.UTC(2026, 0, 2, 3, 4, 5, 678),
    ...options,
  });
  return { log, text, lines: () => text.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

describe("a line", () => {
  test("is JSON with level, time, app, the fields and the message", () => {
    const { log, text, lines } = capture();
    log.info({ files: 3 }, "uploaded %d files", 3);
    expect(text[0]).toMatch(/\n$/);
    expect(lines()).toEqual([
      {
        level: "info",
        time: "2026-01-02T03:04:05.678Z",
        app: "test",
        pid: process.pid,
        hostname: expect.any(String),
        files: 3,
        msg: "uploaded 3 files",
      },
    ]);
  });

  test("below the level is not written", () => {
    const { log, lines } = capture({ level: "warn" });
    log.info("no");
    log.warn("yes");
    expect(lines()).toMatchObject([{ level: "warn", msg: "yes" }]);
  });

  test("carries the correlation id of its job, also from a child, and none outside", () => {
    const { log, lines } = capture();
    const id = "0190cafe-0000-4000-8000-000000000001";
    const child = log.child({ device: "pi-1" });
    withCorrelation(id, () => child.info("in"));
    child.info("out");
    expect(lines()[0]).toMatchObject({ correlation_id: id, device: "pi-1", msg: "in" });
    expect(lines()[1]).not.toHaveProperty("correlation_id");
  });
});

describe("secrets", () => {
  test.each<[string, (log: ReturnType<typeof capture>["log"]) => void]>([
    ["a nested key", (log) => log.info({ req: { headers: { authorization: "hunter2" } } })],
    ["a child's bindings", (log) => log.child({ session: { access_token: "hunter2" } }).info("x")],
    ["an argument of the message", (log) => log.info("sent %j", { password: "hunter2" })],
    ["a token in the message", (log) => log.info(`signed in with Bearer ${jwt}hunter2`)],
    ["a signed URL in the message", (log) => log.info("GET /object/sign/b/a.jpg?token=hunter2 failed")],
    ["an error's message and stack", (log) => log.error(new Error(`fetch http://u:hunter2@host failed`))],
    [
      "an error's cause",
      (log) => log.error({ err: new Error("x", { cause: new Error("?token=hunter2") }) }, "y"),
    ],
    [
      "a PilabError's details",
      (log) => log.error(new PilabError("network", "x", { details: { apikey: "hunter2" } })),
    ],
    ["a plain string field", (log) => log.info({ url: "http://x/?apikey=hunter2" }, "x")],
  ])("are taken out of %s", (_where, write) => {
    const { log, text, lines } = capture();
    write(log);
    expect(text.join("")).not.toContain("hunter2");
    expect(text.join("")).toContain("[redacted]");
    expect(lines()).toHaveLength(1);
  });

  test("are taken out of the pretty form too", () => {
    const { log, text } = capture({ format: "pretty" });
    log.info({ password: "hunter2" }, `token ${jwt}`);
    expect(text.join("")).not.toMatch(/hunter2|eyJ/);
  });
});

test("an error is written with its stack and its code", () => {
  const { log, lines } = capture();
  log.error(new PilabError("server_busy", "HTTP 503"));
  expect(lines()[0]).toMatchObject({
    level: "error",
    msg: "HTTP 503",
    err: { type: "PilabError", code: "server_busy", stack: expect.stringContaining("logger.test.ts") },
  });
});

test("the pretty form is a line for people", () => {
  const { log, text } = capture({ format: "pretty" });
  log.warn({ device: "pi-1" }, "silent for 5 min");
  expect(text.join("")).toMatch(/^\[\d\d:\d\d:\d\d\.678\] WARN: silent for 5 min\n {4}device: "pi-1"\n$/);
});

test.each(["", "../evil", "a/b", "a b"])("refuses %j as an app's name", (app) => {
  expect(() => createLogger({ app })).toThrow(expect.objectContaining({ code: "invalid_input" }));
});

describe("logDir", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "pilab-logging-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const messages = (file: string) =>
    readFileSync(join(folder, file), "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => (JSON.parse(line) as { msg: string }).msg);

  test("gets pilab.<app>.log in JSON, whatever stdout gets, complete after close", async () => {
    const { log, text } = capture({ logDir: join(folder, "new"), format: "pretty", level: "debug" });
    for (let n = 0; n < 100; n += 1) log.debug({ token: "hunter2" }, `line ${n}`);
    await log.close();
    expect(messages("new/pilab.test.log")).toEqual(Array.from({ length: 100 }, (_, n) => `line ${n}`));
    expect(readFileSync(join(folder, "new/pilab.test.log"), "utf8")).not.toContain("hunter2");
    expect(text).toHaveLength(100);
  });

  test("goes on at the end of the file of an earlier run", async () => {
    for (const msg of ["first run", "second run"]) {
      const { log } = capture({ logDir: folder });
      log.info(msg);
      await log.close();
    }
    expect(messages("pilab.test.log")).toEqual(["first run", "second run"]);
  });

  test("rotates at the size and keeps only so many files", async () => {
    const { log } = capture({ logDir: folder, logFileSizeBytes: 2000, logFileCount: 2 });
    for (let n = 0; n < 100; n += 1) log.info(`line ${n}`);
    await log.close();
    expect(readdirSync(folder).sort()).toEqual(
      ["pilab.test.log", "pilab.test.log.1", "pilab.test.log.2"].sort(),
    );
    const all = ["pilab.test.log.2", "pilab.test.log.1"].flatMap(messages);
    expect(all.length).toBeGreaterThan(10);
    expect(all).toEqual(all.map((_, offset) => `line ${Number(all[0]?.slice(5)) + offset}`));
  });

  test("a child closes the same file", async () => {
    const { log } = capture({ logDir: folder });
    const child = log.child({ part: "queue" });
    child.info("x");
    await (child as typeof log).close();
    expect(messages("pilab.test.log")).toEqual(["x"]);
  });

  test("a folder that cannot be made stops the start and names LOG_DIR", () => {
    writeFileSync(join(folder, "file"), "");
    const logDir = join(folder, "file", "logs");
    expect(() => createLogger({ app: "test", logDir })).toThrow(
      expect.objectContaining({ code: "invalid_environment", message: `LOG_DIR ${logDir} cannot be made` }),
    );
  });

  test("a file that cannot be written is told once on stdout, the program goes on, and it is tried again later", async () => {
    let time = 0;
    const { log, lines } = capture({ logDir: folder, now: () => time });
    rmSync(folder, { recursive: true });
    writeFileSync(folder, "in the way");
    log.info("one");
    await vi.waitFor(() => expect(lines()).toHaveLength(2));
    log.info("two");
    expect(lines()).toMatchObject([
      { msg: "one" },
      {
        level: "error",
        msg: "log file lost, trying again in a minute",
        logDir: folder,
        err: { code: "ENOTDIR" },
      },
      { msg: "two" },
    ]);
    rmSync(folder);
    time += 60_000;
    log.info("three");
    await log.close();
    expect(messages("pilab.test.log")).toEqual(["three"]);
  });
});
