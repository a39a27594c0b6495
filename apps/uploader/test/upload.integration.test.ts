import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createPilabClient, type PilabClient } from "@pilab/storage-core";
import {
  makeDng,
  makeJpeg,
  makeMp4,
  makePng,
  makeWebp,
  startTestSupabase,
  type TestSupabase,
  truncated,
} from "@pilab/testing";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { writeCredentials } from "../src/credentials.ts";
import { makeDevice, startUploader, uploader } from "./run-uploader.ts";

let server: TestSupabase;
let admin: PilabClient;
let env: Record<string, string>;
let folder: string;
let devices = 0;

beforeAll(async () => {
  server = await startTestSupabase();
  admin = createPilabClient({ url: server.url, serviceKey: server.serviceRoleKey });
}, 60_000);

afterAll(async () => {
  await admin?.close();
  await server?.stop();
});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pilab-upload-"));
});

/** A device of this test alone: dedup never crosses devices. */
async function ownDevice(): Promise<void> {
  devices += 1;
  env = await makeDevice(server, `uploader-${devices}`);
}

afterEach(async () => {
  await rm(folder, { recursive: true });
});

const at = (name: string) => join(folder, name);
const exif = { make: "Raspberry Pi", model: "imx708", takenAt: "2025:06:15 12:30:00", offset: "+02:00" };
const small = { width: 64, height: 48 };

async function putPictures(count: number): Promise<void> {
  for (let seed = 1; seed <= count; seed += 1)
    await writeFile(at(`frame-${seed}.jpg`), await makeJpeg({ ...small, seed }));
}

async function catalogue(slug = `uploader-${devices}`) {
  const { captures } = await admin.captures.list({ limit: 1000 });
  return captures.filter((capture) => capture.object_path.startsWith(`${slug}/`));
}

describe("pilab-uploader upload", { timeout: 60_000 }, () => {
  beforeEach(ownDevice);

  it("uploads every format below a folder, reports each file, and a second run uploads nothing", async () => {
    await mkdir(at("day-1"));
    await writeFile(at("day-1/a.jpg"), await makeJpeg({ exif }));
    await writeFile(at("b.png"), await makePng(small));
    await writeFile(at("c.webp"), await makeWebp(small));
    await writeFile(at("d.dng"), makeDng());
    await writeFile(at("e.mp4"), makeMp4());
    await symlink(folder, at("day-1/loop"));

    const first = await uploader(["upload", folder], env);
    expect(first.stderr).toBe(`Uploading to ${server.url}, bucket pilab-dev, as ${env.PILAB_EMAIL}\n`);
    expect(first.stdout).toContain(`uploaded     ${at("day-1/a.jpg")}`);
    expect(first.stdout).toContain("taken 2025-06-15 10:30:00Z (exif)");
    expect(first.stdout).toMatch(
      /\n5 uploaded \([\d.]+ kB\), 0 duplicates, 0 quarantined, 0 failed, in [\d.]+ s\n$/,
    );
    expect(first.code).toBe(0);

    const second = await uploader(["upload", folder], env);
    expect(second.stdout).toMatch(
      /\n0 uploaded \(0 B\), 5 duplicates, 0 quarantined, 0 failed, in [\d.]+ s\n$/,
    );
    expect(second.code).toBe(0);
    const rows = await catalogue();
    expect(rows.map((row) => row.file_name).sort()).toEqual(["a.jpg", "b.png", "c.webp", "d.dng", "e.mp4"]);
    expect(rows.map((row) => row.repeat_count)).toEqual([0, 0, 0, 0, 0]);
  });

  it("leaves every file where and as it was", async () => {
    await putPictures(2);
    await writeFile(at("bad.jpg"), "no picture");
    await uploader(["upload", folder], env);
    expect((await readdir(folder)).sort()).toEqual(["bad.jpg", "frame-1.jpg", "frame-2.jpg"]);
  });

  it("quarantines empty, cut and foreign files with the reason, uploads the rest and exits 3", async () => {
    await putPictures(1);
    await writeFile(at("empty.jpg"), "");
    await writeFile(at("cut.jpg"), truncated(await makeJpeg(small)));
    await writeFile(at("text.jpg"), "this is text");
    await writeFile(at("notes.txt"), "ignored");
    const { stdout, code } = await uploader(["upload", folder], env);
    expect(stdout).toMatch(/quarantined {2}.*empty\.jpg is empty/);
    expect(stdout).toMatch(/quarantined {2}.*cut\.jpg is cut off: the image data has no end in [\d,]+ bytes/);
    expect(stdout).toMatch(/quarantined {2}.*text\.jpg is no picture or video: found text/);
    expect(stdout).toContain("1 uploaded");
    expect(stdout).toContain("3 quarantined, 0 failed");
    expect(stdout).toContain("Ignored 1 file not named as a picture or video (.txt).");
    expect(code).toBe(3);
  });

  it("leaves a file above MAX_FILE_SIZE waiting, and says so", async () => {
    await writeFile(at("large.jpg"), await makeJpeg());
    const { stdout, code } = await uploader(["upload", folder], { ...env, MAX_FILE_SIZE: "1000" });
    expect(stdout).toMatch(/too large {4}.*large\.jpg has \d+ bytes, MAX_FILE_SIZE allows 1000/);
    expect(code).toBe(1);
  });

  it("catalogues what sidecar and command line say: the sidecar's word first", async () => {
    await putPictures(2);
    const sidecar = {
      captured_at: "2025-01-02T03:04:05Z",
      series: "s-7",
      metrics: { sharpness: 0.5 },
      lamp: "red",
    };
    await writeFile(at("frame-1.json"), JSON.stringify(sidecar));
    await uploader(["upload", folder, "--series", "s-1", "--shot-type", "macro"], env);
    const rows = await catalogue();
    expect(rows.find((row) => row.file_name === "frame-1.jpg")).toMatchObject({
      series: "s-7",
      shot_type: "macro",
      captured_at_source: "sidecar",
      sharpness: 0.5,
      metadata: { lamp: "red" },
    });
    expect(rows.find((row) => row.file_name === "frame-2.jpg")).toMatchObject({
      series: "s-1",
      shot_type: "macro",
    });
  });

  it("--dry-run tells what would be uploaded, and sends and catalogues nothing", async () => {
    await putPictures(2);
    await uploader(["upload", at("frame-1.jpg")], env);
    const { stdout, stderr, code } = await uploader(["upload", folder, "--dry-run"], env);
    expect(stderr).toContain("Dry run, nothing is sent: ");
    expect(stdout).toContain(`would upload ${at("frame-2.jpg")}`);
    expect(stdout).toContain(`duplicate    ${at("frame-1.jpg")}`);
    expect(stdout).toContain("1 would be uploaded");
    expect(code).toBe(0);
    expect(await catalogue()).toHaveLength(1);
  });

  it("--json gives one object a file and a summary, and nothing else on stdout", async () => {
    await putPictures(1);
    await writeFile(at("bad.jpg"), "text");
    const { stdout, stderr } = await uploader(["upload", folder, "--json"], env);
    const lines = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines).toHaveLength(3);
    expect(lines.find((line) => line.outcome === "uploaded")).toMatchObject({
      type: "file",
      file: at("frame-1.jpg"),
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      captureId: expect.any(String),
      verifiedBy: "etag",
    });
    expect(lines.find((line) => line.outcome === "quarantined")).toMatchObject({ code: "not_a_capture" });
    expect(lines[2]).toMatchObject({
      type: "summary",
      ending: "done",
      uploaded: 1,
      quarantined: 1,
      failed: 0,
    });
    expect(stderr).toBe("");
  });

  it("goes on past a file that cannot be read", async () => {
    await putPictures(1);
    await symlink(at("gone"), at("link.jpg"));
    const { stdout, code } = await uploader(["upload", folder], env);
    expect(stdout).toMatch(/failed {7}.*link\.jpg.*ENOENT/);
    expect(stdout).toContain("1 uploaded");
    expect(code).toBe(3);
  });

  it("tells the server's statistics how the run went, once a run, and nothing of a dry run", async () => {
    await putPictures(2);
    await uploader(["upload", folder, "--dry-run"], env);
    await uploader(["upload", folder], env);
    await uploader(["upload", folder], env);
    const { rows } = await server.sql.transaction((tx) =>
      tx.query(
        `select sum(ok)::int as ok, sum(failed)::int as failed, sum(duplicate)::int as duplicate, sum(bytes)::int > 0 as sent
         from public.upload_stats_hourly s join public.devices d on d.id = s.device_id where d.slug = $1`,
        [`uploader-${devices}`],
      ),
    );
    expect(rows).toEqual([{ ok: 2, failed: 0, duplicate: 2, sent: true }]);
  });

  it("says when nothing is there", async () => {
    const { stdout, code } = await uploader(["upload", folder], env);
    expect(stdout).toContain("No pictures or videos found.");
    expect(code).toBe(0);
  });

  it("takes the device from a credentials file, named or by variable", async () => {
    await putPictures(1);
    const path = at("device.json");
    await writeCredentials(path, {
      url: server.url,
      anonKey: server.anonKey,
      bucket: "pilab-dev",
      email: env.PILAB_EMAIL as string,
      password: env.PILAB_PASSWORD as string,
    });
    expect((await uploader(["upload", folder, "--credentials", path])).stdout).toContain("1 uploaded");
    expect((await uploader(["upload", folder], { PILAB_CREDENTIALS_FILE: path })).stdout).toContain(
      "1 duplicate",
    );
  });

  it("uses the service key only when told to, and for the named device", async () => {
    await putPictures(1);
    const service = { SUPABASE_URL: server.url, SUPABASE_SERVICE_ROLE_KEY: server.serviceRoleKey };
    const unasked = await uploader(["upload", folder], service);
    expect(unasked.code).toBe(2);
    expect(unasked.stderr).toContain("SUPABASE_ANON_KEY");
    const unnamed = await uploader(["upload", folder, "--service-key"], service);
    expect(unnamed).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--service-key needs --device"),
    });
    const asked = await uploader(
      ["upload", folder, "--service-key", "--device", `uploader-${devices}`],
      service,
    );
    expect(asked.stdout).toContain("1 uploaded");
    expect(await catalogue()).toHaveLength(1);
  });
});

describe("what goes wrong is said in one line, with the next step", { timeout: 60_000 }, () => {
  beforeAll(ownDevice);

  it("a wrong password", async () => {
    await putPictures(1);
    const { stdout, stderr, code } = await uploader(["upload", folder], { ...env, PILAB_PASSWORD: "wrong" });
    expect(stderr.split("\n")).toEqual([
      `Uploading to ${server.url}, bucket pilab-dev, as ${env.PILAB_EMAIL}`,
      `pilab-uploader: sign-in as ${env.PILAB_EMAIL} failed: Invalid login credentials`,
      expect.stringMatching(/^ {2}.*password/),
      "",
    ]);
    expect(stdout).toBe("");
    expect(code).toBe(1);
  });

  it("missing and wrong variables, all at once, secrets not shown", async () => {
    const { stderr, code } = await uploader(["upload", folder], {
      SUPABASE_URL: "supabase",
      PILAB_PASSWORD: "hush",
    });
    for (const name of ["SUPABASE_URL", "SUPABASE_ANON_KEY", "PILAB_EMAIL"]) expect(stderr).toContain(name);
    expect(stderr).not.toContain("hush");
    expect(code).toBe(2);
  });

  it("a setting out of range", async () => {
    const { stderr, code } = await uploader(["upload", folder], { ...env, CHUNK_SIZE: "none" });
    expect(stderr).toContain('CHUNK_SIZE: got "none", wants a whole number from 1');
    expect(code).toBe(2);
  });

  it("a folder that does not exist", async () => {
    const { stderr, code } = await uploader(["upload", at("nowhere")], env);
    expect(stderr).toContain(`${at("nowhere")} does not exist`);
    expect(code).toBe(2);
  });

  it.each([
    [["upload"], "missing required argument"],
    [["upload", "x", "--concurrency", "0"], "It wants a whole number from 1 to 64."],
    [["upload", "x", "--fast"], "unknown option"],
  ])("wrong usage: %j", async (args, text) => {
    const { stderr, code } = await uploader(args, env);
    expect(stderr).toContain(text);
    expect(code).toBe(2);
  });

  it("no server: 75, since another try may help", async () => {
    await putPictures(1);
    const { stderr, stdout, code } = await uploader(["upload", folder], {
      ...env,
      SUPABASE_URL: "http://127.0.0.1:9",
    });
    expect(stderr + stdout).toContain("127.0.0.1:9");
    expect(code).toBe(75);
  });

  it("Ctrl-C: what is done is summed up, and the next run goes on from there", async () => {
    await putPictures(60);
    const first = startUploader(["upload", folder, "--concurrency", "1"], {
      ...env,
      CHUNK_SIZE: "2",
      CHUNK_DELAY: "0.2",
    });
    await first.said("uploaded ");
    first.kill("SIGINT");
    const { stdout, stderr, code } = await first.result;
    expect(stderr).toContain("Stopping");
    expect(stdout).toContain("Stopped; run the same command again to go on. So far: ");
    expect(code).toBe(3);
    const done = Number(/So far: (\d+) uploaded/.exec(stdout)?.[1]);
    expect(done).toBeLessThan(60);
    const second = await uploader(["upload", folder], env);
    expect(second.code).toBe(0);
    expect(await catalogue()).toHaveLength(60);
  });
});
