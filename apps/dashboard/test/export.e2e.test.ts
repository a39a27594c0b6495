import { createHmac } from "node:crypto";
import { readFile } from "node:fs/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import type { Person } from "./account.ts";
import { type DashboardLab, startDashboardLab } from "./lab.ts";

const MANY = 50_000;
/** Of the dashboard's server, while it sends more than that. */
const HEAP_MB = 160;
const FORMULA = "=HYPERLINK(1).jpg";

/** What local-supabase, which runs in this process, wrote. */
const terminal: unknown[] = [];
vi.spyOn(console, "error").mockImplementation((...words) => terminal.push(words));
let lab: DashboardLab;
let viewer: Person;
let operator: Person;
let device: Awaited<ReturnType<DashboardLab["device"]>>;

beforeAll(async () => {
  lab = await startDashboardLab();
  [viewer, operator] = [await lab.person("viewer"), await lab.person("operator")];
  device = await lab.device("dish-cam");
  for (let frame = 0; frame < 4; frame += 1) {
    await device.pilab.captures.uploadAndLog(await lab.picture(), {
      fileName: frame === 0 ? FORMULA : `främe "${frame}", b.jpg`,
      capturedAt: new Date(Date.UTC(2026, 10, 9, 12, frame)),
      series: frame < 2 ? "dish 6" : "dish 7",
    });
  }
  const totals = { ok: 4, failed: 1, duplicate: 2, bytes: 4000 };
  await device.pilab.captures.reportUploads({ journalId: crypto.randomUUID(), seq: 1, totals });
});
afterEach(() => lab.closePages());
afterAll(() => lab?.stop());

/** Saves a file by its address, as a signed-in browser does. */
async function save(person: Person, path: string) {
  const page = await lab.open(person);
  const answer = await page.request.get(`/api/export/${path}`);
  const saved = { status: answer.status(), headers: answer.headers(), text: await answer.text() };
  await page.context().close();
  return saved;
}

describe("captures as a file", () => {
  test("are the same in CSV, JSON and JSONL, oldest first, with times in UTC", async () => {
    const csv = await save(viewer, "captures?format=csv");
    expect(csv.headers["content-disposition"]).toMatch(/^attachment; filename="pilab-captures-2\d.*\.csv"/);
    expect(csv.headers["content-type"]).toContain("text/csv; charset=utf-8");
    const [head = [], ...rows] = parseCsv(csv.text);
    const json = JSON.parse((await save(viewer, "captures?format=json")).text) as Record<string, unknown>[];
    const jsonl = (await save(viewer, "captures?format=jsonl")).text.trimEnd().split("\n");
    expect(jsonl.map((line) => JSON.parse(line))).toEqual(json);
    expect(json.map(({ captured_at }) => captured_at)).toEqual(
      [0, 1, 2, 3].map((minute) => `2026-11-09T12:0${minute}:00Z`),
    );
    expect(json[0]).toMatchObject({ device: "dish-cam", file_name: FORMULA, series: "dish 6", metadata: {} });
    expect(head).toEqual(Object.keys(json[0] ?? {}));
    for (const [index, row] of rows.entries()) {
      const record = Object.fromEntries(head.map((name, column) => [name, row[column]]));
      const { file_name, size_bytes, sha256 } = json[index] as Record<string, unknown>;
      expect(record).toMatchObject({ size_bytes: String(size_bytes), sha256 });
      // A name that a spreadsheet would run is text there.
      expect(record.file_name).toBe(file_name === FORMULA ? `'${FORMULA}` : file_name);
    }
  });

  test("are those of the gallery's filters; a filter that is none of ours is refused, not ignored", async () => {
    const { text } = await save(viewer, "captures?format=json&series=dish+6");
    expect(JSON.parse(text)).toHaveLength(2);
    expect((await save(viewer, "captures?format=json&series=none")).text).toBe("[]\n");
    for (const wrong of ["device=dish-cam", "serie=dish+6", "from=yesterday"]) {
      expect(await save(viewer, `captures?format=json&${wrong}`)).toMatchObject({ status: 400 });
    }
    expect(await save(viewer, "captures?format=xlsx")).toMatchObject({ status: 400 });
  });
});

test("usage is a row a day, by what was asked for, and uploads a row a day or hour", async () => {
  const usage = JSON.parse((await save(viewer, "usage?format=json&by=series")).text);
  expect(usage.map(({ key, files }: { key: string; files: number }) => [key, files])).toEqual([
    ["dish 6", 2],
    ["dish 7", 2],
  ]);
  const days = JSON.parse((await save(viewer, "uploads?format=json")).text) as { at: string; ok: number }[];
  expect(days.length).toBeGreaterThanOrEqual(365);
  expect(new Set(days.map(({ at }) => at)).size).toBe(days.length);
  expect(days.reduce((sum, { ok }) => sum + ok, 0)).toBe(4);
  const from = new Date(Date.now() - 100 * 86_400_000).toISOString().slice(0, 10);
  const hours = parseCsv((await save(viewer, `uploads?format=csv&by=hour&from=${from}`)).text);
  expect(hours.length - 1).toBeGreaterThanOrEqual(100 * 24);
  expect(new Set(hours.map(([at]) => at)).size).toBe(hours.length);
});

describe("the audit log as a file", () => {
  test("is for operators, with the filters of its page", async () => {
    expect(await save(viewer, "audit?format=csv")).toMatchObject({ status: 403 });
    const all = JSON.parse((await save(operator, "audit?format=json")).text) as { action: string }[];
    const { action } = all[0] as { action: string };
    const some = parseCsv((await save(operator, `audit?format=csv&action=${action}`)).text);
    expect(some.length - 1).toBe(all.filter((entry) => entry.action === action).length);
    expect(some.length - 1).toBeLessThanOrEqual(all.length);
  });

  test("carries its seals as JSONL, so that it can be verified without the database", async () => {
    await lab.service.audit.seal();
    const { text } = await save(operator, "audit?format=jsonl");
    const lines = text.trimEnd().split("\n");
    expect(lines.some((line) => line.startsWith('{"seal":'))).toBe(true);
    const filtered = (await save(operator, "audit?format=jsonl&objectType=capture")).text;
    expect(filtered).not.toContain('{"seal":');
  });
});

test("nobody exports without signing in or a role, or from another site's page", async () => {
  for (const [person, status] of [
    [undefined, 401],
    [await lab.person(null), 403],
  ] as const) {
    const page = await lab.open(person);
    expect((await page.request.get("/api/export/captures?format=csv")).status()).toBe(status);
  }
  const page = await lab.open(viewer);
  const headers = { "sec-fetch-site": "cross-site" };
  expect((await page.request.get("/api/export/captures?format=csv", { headers })).status()).toBe(403);
});

test("the page offers each file with its filters, and the gallery's own link saves what is shown", async () => {
  const page = await lab.open(viewer);
  await page.goto("/exports");
  const captures = page.getByRole("region", { name: "Captures" });
  await captures.getByRole("combobox", { name: "Series" }).click();
  await page.getByRole("option", { name: "dish 6" }).click();
  await captures.getByText("JSONL", { exact: true }).click();
  const saved = page.waitForEvent("download");
  await captures.getByRole("link", { name: /Save/ }).click();
  const file = await saved;
  expect(file.suggestedFilename()).toMatch(/^pilab-captures-.*\.jsonl$/);
  expect((await readFile(await file.path(), "utf8")).trimEnd().split("\n")).toHaveLength(2);
  expect(await page.getByRole("region", { name: "Audit log" }).count()).toBe(0);

  await page.goto("/captures?series=dish+7");
  await page.getByRole("button", { name: "Export" }).click();
  const again = page.waitForEvent("download");
  await page.getByRole("menuitem", { name: "CSV" }).click();
  const rows = parseCsv(await readFile(await (await again).path(), "utf8"));
  expect(rows).toHaveLength(3);
  expect(page.problems).toEqual([]);
});

describe(`${MANY} captures`, () => {
  let cookie: string;
  beforeAll(async () => {
    await lab.supabase.sql.transaction((tx) =>
      tx.query(
        `insert into public.captures (
           bucket_id, object_path, file_name, sha256, size_bytes, content_type, device_id, series,
           captured_at, captured_at_source, captured_at_trusted, exif
         )
         select 'pilab-dev', 'dish-cam/many/' || n || '.jpg', n || '.jpg', encode(sha256(n::text::bytea), 'hex'), 1000,
           'image/jpeg', $1, 'many', now() - make_interval(secs => n), 'exif', true,
           jsonb_build_object('UserComment', repeat('x', 3000))
         from generate_series(1, ${MANY}) as n`,
        [device.id],
      ),
    );
    const page = await lab.open(viewer);
    const cookies = await page.context().cookies();
    cookie = cookies.map(({ name, value }) => `${name}=${value}`).join("; ");
  });

  const begin = () =>
    fetch(`${lab.url}/api/export/captures?format=jsonl&series=many`, {
      headers: { cookie, "accept-encoding": "identity" },
    });

  test("are saved by a server whose memory would not hold them", { timeout: 300_000 }, async () => {
    await lab.restartDashboard({ NODE_OPTIONS: `--max-old-space-size=${HEAP_MB}` });
    let [bytes, lines] = [0, 0];
    const { body } = await begin();
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      bytes += chunk.length;
      for (const byte of chunk) if (byte === 0x0a) lines += 1;
    }
    expect(lines).toBe(MANY);
    expect(bytes).toBeGreaterThan(HEAP_MB * 1_048_576);
  });

  test("are saved whole by a session whose token would run out on the way", {
    timeout: 120_000,
  }, async () => {
    const [, refresh] = /pilab_refresh=([^;]+)/.exec(cookie) as RegExpExecArray;
    const [, claims] = /pilab_access=\d+\.[^.]+\.([^.]+)/.exec(cookie) as RegExpExecArray;
    const endsAtS = Math.ceil(Date.now() / 1000) + 4;
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const body = `${part({ alg: "HS256", typ: "JWT" })}.${part({
      ...JSON.parse(Buffer.from(claims as string, "base64url").toString()),
      exp: endsAtS,
    })}`;
    const token = `${body}.${createHmac("sha256", lab.supabase.jwtSecret).update(body).digest("base64url")}`;
    const headers = {
      cookie: `pilab_access=${endsAtS * 1000}.${token}; pilab_refresh=${refresh}`,
      "accept-encoding": "identity",
    };
    const url = `${lab.url}/api/export/captures?format=jsonl&series=many`;
    const answer = await fetch(url, { headers });
    cookie = answer.headers
      .getSetCookie()
      .map((one) => one.split(";")[0])
      .join("; ");
    const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
    let lines = 0;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      if (lines === 0)
        await expect.poll(() => Date.now() / 1000 > endsAtS + 1, { timeout: 20_000 }).toBe(true);
      for (const byte of value) if (byte === 0x0a) lines += 1;
    }
    expect(lines).toBe(MANY);
  });

  test("are cut with an error when reading them fails half way, so that half a file never looks whole", async () => {
    const { status, body } = await begin();
    expect(status).toBe(200);
    const reader = (body as ReadableStream<Uint8Array>).getReader();
    await reader.read();
    const change = (sql: string) => lab.supabase.sql.transaction((tx) => tx.exec(sql));
    await change("revoke select on public.captures from authenticated");
    try {
      const rest = async () => {
        for (;;) if ((await reader.read()).done) return "whole";
      };
      await expect(rest()).rejects.toThrow();
    } finally {
      await change("grant select on public.captures to authenticated");
    }
  });
});

test("pages that are left while their pictures come leave no trace in the terminal of local-supabase", () => {
  expect(terminal).toEqual([]);
});

/** RFC 4180, as a spreadsheet reads it. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let [row, cell, quoted] = [[] as string[], "", false];
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] as string;
    if (quoted && character === '"' && text[at + 1] === '"') {
      cell += '"';
      at += 1;
    } else if (character === '"') quoted = !quoted;
    else if (quoted) cell += character;
    else if (character === ",") {
      row.push(cell);
      cell = "";
    } else if (character === "\n") {
      rows.push([...row, cell]);
      [row, cell] = [[], ""];
    } else if (character !== "\r") cell += character;
  }
  expect(quoted).toBe(false);
  return rows;
}
