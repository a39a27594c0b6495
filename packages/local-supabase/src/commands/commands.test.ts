import { createHash } from "node:crypto";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { run } from "../main.ts";
import type { Io } from "./io.ts";

// One lab's life in order: started, filled, backed up, restored elsewhere, its database lost and remade, emptied.
let root: string;
let dataDir: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "pilab-cli-"));
  dataDir = join(root, "data");
});
afterAll(() => rm(root, { recursive: true, force: true }));

interface Ran {
  code: number;
  out: string;
  err: string;
}

function capture(answer?: string) {
  const text = { out: "", err: "" };
  const io: Io = {
    out: (line) => {
      text.out += `${line}\n`;
    },
    err: (line) => {
      text.err += `${line}\n`;
    },
    ask: async (question) => {
      text.err += question;
      return answer;
    },
  };
  return { io, text };
}

async function pilab(argv: string[], answer?: string): Promise<Ran> {
  const { io, text } = capture(answer);
  const code = await run(argv, io, new AbortController().signal);
  return { code, ...text };
}

/** Runs `start` until the function given has ended. */
async function whileRunning<T>(
  folder: string,
  use: (url: string, started: { out: string; err: string }) => Promise<T>,
): Promise<T> {
  const { io, text } = capture();
  const stop = new AbortController();
  const ended = run(["start", "--data-dir", folder, "--port", "0"], io, stop.signal);
  try {
    await Promise.race([
      vi.waitFor(() => expect(text.out).toContain("Ctrl-C"), { timeout: 60_000, interval: 50 }),
      ended.then((code) => Promise.reject(new Error(`start ended with ${code}: ${text.err}`))),
    ]);
    return await use(/URL +(\S+)/.exec(text.out)?.[1] ?? "", text);
  } finally {
    stop.abort();
    expect(await ended).toBe(0);
  }
}

async function service(folder: string, url: string): Promise<SupabaseClient> {
  const { serviceRoleKey } = JSON.parse(await readFile(join(folder, "keys.json"), "utf8")) as {
    serviceRoleKey: string;
  };
  return createClient(url, serviceRoleKey, { auth: { persistSession: false } });
}

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** Uploads and catalogues one capture as an agent does. */
async function addCapture(
  client: SupabaseClient,
  deviceId: string,
  n: number,
  { log = true } = {},
): Promise<string> {
  const bytes = Buffer.from(`picture ${n}`);
  const path = `bench-1/2026/01/02/${String(n).padStart(6, "0")}-${sha256(bytes).slice(0, 12)}.jpg`;
  const facts = {
    captured_at: `2026-01-02T03:04:${String(n).padStart(2, "0")}Z`,
    series: "run-7",
    shot_type: "dish",
  };
  const metadata = { v: 1, sha256: sha256(bytes), source: "exif", device: "bench-1", ...facts };
  await must(client.storage.from("pilab-dev").upload(path, bytes, { contentType: "image/jpeg", metadata }));
  await must(
    client.storage
      .from("pilab-dev-thumbs")
      .upload(`${path}.webp`, Buffer.from(`thumb ${n}`), { contentType: "image/webp" }),
  );
  const item = {
    bucket_id: "pilab-dev",
    object_path: path,
    file_name: `IMG_${n}.jpg`,
    sha256: sha256(bytes),
    size_bytes: bytes.length,
  };
  const row = {
    ...item,
    content_type: "image/jpeg",
    captured_at_source: "exif",
    captured_at_trusted: true,
    ...facts,
  };
  if (log) await must(client.rpc("log_captures", { captures: [row], for_device_id: deviceId }));
  return path;
}

async function must<T>(answer: PromiseLike<{ data: T; error: Error | null }>): Promise<NonNullable<T>> {
  const { data, error } = await answer;
  if (error) throw error;
  return data as NonNullable<T>;
}

const captures = (client: SupabaseClient) =>
  must(
    client
      .from("captures")
      .select("object_path, sha256, captured_at, series, shot_type, thumbnail_path, file_name")
      .order("object_path"),
  );

/** Every object reads back as the bytes whose hash its row has. */
async function expectWhole(
  client: SupabaseClient,
  rows: { object_path: string; sha256: string }[],
): Promise<void> {
  for (const { object_path, sha256: expected } of rows) {
    const blob = await must(client.storage.from("pilab-dev").download(object_path));
    expect(sha256(new Uint8Array(await (blob as Blob).arrayBuffer()))).toBe(expected);
  }
}

const at = (...argv: string[]) => [argv[0] as string, "--data-dir", dataDir, ...argv.slice(1)];
let password: string | undefined;

describe("pilab-local", () => {
  test("says before the first start that there is nothing yet, and how to begin", async () => {
    expect(await pilab(at("status"))).toMatchObject({
      code: 0,
      out: expect.stringContaining(`Start it with: pilab-local start --data-dir ${dataDir}\n`),
    });
    expect(await pilab(at("keys"))).toMatchObject({
      code: 1,
      err: expect.stringContaining(`They are made by: pilab-local start --data-dir ${dataDir}\n`),
    });
    expect(await pilab(at("rebuild"))).toMatchObject({
      code: 1,
      err: expect.stringContaining(`there are no objects in ${join(dataDir, "files")}\n`),
    });
    expect(await readdir(root)).toEqual([]);
  });

  test("shows the admin's password at the first start, and the data's place and limits at each", {
    timeout: 90_000,
  }, async () => {
    await whileRunning(dataDir, async (url, { out }) => {
      expect(out).toContain(dataDir);
      expect(out).toContain("survives a crash and kill -9, but not a power cut");
      password = /Password +(\S+)/.exec(out)?.[1];
      const client = createClient(
        url,
        (JSON.parse((await pilab(at("keys", "--json"))).out) as { anonKey: string }).anonKey,
      );
      const { error } = await client.auth.signInWithPassword({
        email: "admin@pilab.local",
        password: password ?? "",
      });
      expect(error).toBeNull();
    });
  });

  test("while it runs: counts, keys, a second start refused, a backup that reads back whole", {
    timeout: 90_000,
  }, async () => {
    await whileRunning(dataDir, async (url, { out }) => {
      expect(out).not.toContain("Password");
      const client = await service(dataDir, url);
      const device = await must(
        client.from("devices").insert({ slug: "bench-1", name: "Bench 1" }).select("id").single(),
      );
      for (let n = 1; n <= 5; n++) await addCapture(client, (device as { id: string }).id, n);

      const { out: status } = await pilab(at("status"));
      expect(status).toContain(`Running at ${url}`);
      expect(status).toMatch(/Bucket pilab-dev +5 captures, 80 B stored/);
      expect(JSON.parse((await pilab(at("status", "--json"))).out)).toMatchObject({
        running: true,
        url,
        facts: { devices: 1 },
      });
      expect((await pilab(at("keys", "--env"))).out).toContain(`SUPABASE_URL=${url}\n`);

      expect(await pilab(at("start", "--port", "0"))).toMatchObject({
        code: 75,
        err: expect.stringContaining(`${dataDir} is in use by process ${process.pid}`),
      });
      for (const command of [["rebuild"], ["reset", "--confirm", "pilab-dev"]])
        expect(await pilab(at(...command))).toMatchObject({ code: 75 });

      const made = await pilab(at("backup", join(root, "backup")));
      expect(made).toMatchObject({ code: 0, out: expect.stringContaining("10 objects (80 B)") });
      expect((await stat(join(root, "backup", "keys.json"))).mode & 0o777).toBe(0o600);
      // What comes after is not in it.
      await addCapture(client, (device as { id: string }).id, 6, { log: false });
    });
  });

  test("restores the backup into another folder: rows, bytes, accounts, keys; and never over anything", {
    timeout: 90_000,
  }, async () => {
    const other = join(root, "other");
    const restored = await pilab(["restore", join(root, "backup"), "--data-dir", other]);
    expect(restored, restored.err).toMatchObject({ code: 0 });
    expect(await readFile(join(other, "keys.json"))).toEqual(await readFile(join(dataDir, "keys.json")));
    await whileRunning(other, async (url, { out }) => {
      expect(out).not.toContain("Password");
      const client = await service(other, url);
      const rows = await captures(client);
      expect(rows).toHaveLength(5);
      expect(rows[0]).toMatchObject({
        file_name: "IMG_1.jpg",
        series: "run-7",
        thumbnail_path: expect.stringMatching(/\.webp$/),
      });
      await expectWhole(client, rows as never);
      const { error } = await createClient(
        url,
        (JSON.parse((await pilab(["keys", "--json", "--data-dir", other])).out) as { anonKey: string })
          .anonKey,
      ).auth.signInWithPassword({ email: "admin@pilab.local", password: password ?? "" });
      expect(error).toBeNull();
      // Sequences go on where they were: a new batch gets a new number.
      const device = await must(client.from("devices").select("id").single());
      await addCapture(client, (device as { id: string }).id, 7);
      expect(await captures(client)).toHaveLength(6);
    });
    expect(await pilab(["restore", join(root, "backup"), "--data-dir", other])).toMatchObject({
      code: 1,
      err: expect.stringContaining("a restore never overwrites"),
    });
  });

  test("refuses a damaged backup and leaves the folder empty", async () => {
    const file = join(root, "backup", "files.jsonl");
    const [line = ""] = (await readFile(file, "utf8")).split("\n");
    const damaged = join(root, "backup", "files", (JSON.parse(line) as { path: string }).path);
    const before = await readFile(damaged);
    await chmod(damaged, 0o600);
    await writeFile(damaged, "other bytes");
    const third = join(root, "third");
    expect(await pilab(["restore", join(root, "backup"), "--data-dir", third])).toMatchObject({
      code: 1,
      err: expect.stringContaining("the backup is damaged: 1 file"),
    });
    expect((await readdir(third)).filter((name) => name === "db" || name === "files")).toEqual([]);
    await writeFile(damaged, before);
  });

  test("backs up a stopped folder too, and never into a folder that holds something", {
    timeout: 60_000,
  }, async () => {
    expect(await pilab(at("backup", join(root, "backup")))).toMatchObject({
      code: 1,
      err: expect.stringContaining("is not empty"),
    });
    expect(await pilab(at("backup", join(dataDir, "files", "backup")))).toMatchObject({
      code: 2,
      err: expect.stringContaining("is inside what is backed up"),
    });
    expect(await pilab(at("backup", join(root, "backup-2")))).toMatchObject({
      code: 0,
      out: expect.stringContaining("12 objects"),
    });
  });

  test("rebuilds a lost database from the files, and says what it could not bring back", {
    timeout: 90_000,
  }, async () => {
    const object = await damageOneObject();
    const rebuilt = await pilab(at("rebuild", "--fresh"));
    expect(rebuilt.code, rebuilt.err).toBe(3);
    expect(rebuilt.out).toContain("11 objects' rows, 5 captures");
    expect(rebuilt.out).toContain("bench-1 made anew, without accounts");
    expect(rebuilt.out).toContain(`pilab-dev/${object}: its file is not what was stored`);
    await whileRunning(dataDir, async (url, { out }) => {
      expect(out).toContain("Password");
      const client = await service(dataDir, url);
      const rows = await captures(client);
      expect(rows.map((row) => row.object_path)).not.toContain(object);
      expect(rows).toHaveLength(5);
      for (const row of rows)
        expect(row).toMatchObject({
          series: "run-7",
          shot_type: "dish",
          thumbnail_path: expect.stringMatching(/\.webp$/),
        });
      await expectWhole(client, rows as never);
    });
    // Over a database that is whole it changes nothing.
    expect((await pilab(at("rebuild"))).out).toContain("0 objects' rows, 0 captures");
  });

  test("status says of objects without a database here that theirs is a Postgres's, to be named at the start", async () => {
    const folder = join(root, "with-postgres");
    await mkdir(join(folder, "files"), { recursive: true });
    await writeFile(join(folder, "files", "object"), "x");
    const { out } = await pilab(["status", "--data-dir", folder]);
    expect(out).toMatch(/Database +not here: a Postgres's\n/);
    expect(out).toContain(`pilab-local start --data-dir ${folder} --database …\n`);
  });

  test("resets only when the bucket's name is given", async () => {
    expect(await pilab(at("reset"))).toMatchObject({
      code: 2,
      err: expect.stringContaining("--confirm pilab-dev"),
    });
    expect(await pilab(at("reset"), "pilab")).toMatchObject({
      code: 2,
      err: expect.stringContaining("nothing was removed"),
    });
    expect(await readdir(dataDir)).toContain("db");
    expect(await pilab(at("reset"), "pilab-dev")).toMatchObject({ code: 0 });
    expect((await readdir(dataDir)).filter((name) => name === "db" || name === "files")).toEqual([]);
    expect(await readdir(dataDir)).toContain("keys.json");
    expect(await pilab(at("reset"))).toMatchObject({
      code: 0,
      out: expect.stringContaining("Nothing to remove"),
    });
  });

  test.each([
    [["bogus"], "unknown command"],
    [["start", "--port", "99999"], "It must be a number from 0 to 65535"],
    [["start", "--database", "mysql://x"], "It must start with postgres://"],
    [["start", "--tls-cert", "a.pem"], "--tls-key is missing"],
    [["start", "--host", "0.0.0.0"], "PGlite does not survive a power cut"],
    [["start", "--jwt-secret", "short"], "it needs 32"],
  ])("%j is wrong usage: exit code 2 and the reason", async (argv, reason) => {
    const options = argv[0] === "start" ? ["--data-dir", join(root, "unused")] : [];
    expect(await pilab([...argv, ...options])).toMatchObject({
      code: 2,
      err: expect.stringContaining(reason),
    });
  });

  test("--help is no failure", async () => {
    expect(await pilab(["--help"])).toMatchObject({
      code: 0,
      out: expect.stringContaining("Usage: pilab-local"),
    });
  });
});

/** Changes the bytes of one catalogued object on the disk and gives its name. */
async function damageOneObject(): Promise<string> {
  const bucket = join(dataDir, "files", "pilab-dev");
  const sidecars = (await readdir(bucket, { recursive: true })).filter((name) => name.endsWith(".json"));
  const sidecar = join(bucket, sidecars[0] as string);
  const { name, metadata } = JSON.parse(await readFile(sidecar, "utf8")) as {
    name: string;
    metadata: { size: number };
  };
  await writeFile(sidecar.slice(0, -".json".length), "x".repeat(metadata.size));
  return name;
}
