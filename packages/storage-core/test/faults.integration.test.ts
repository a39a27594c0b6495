import { createHash } from "node:crypto";
import { appendFile } from "node:fs/promises";
import { makeMp4, startFaultProxy } from "@pilab/testing";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { createMemoryResumeStore, type UploadOutcome } from "../src/index.ts";
import { type Project, startProject } from "./start-project.ts";

// Timeouts of a second, several times, on a machine that may be busy.
vi.setConfig({ testTimeout: 30_000 });

let project: Project;
beforeAll(async () => {
  project = await startProject();
}, 120_000);
afterEach(() => project.proxy.reset());
afterAll(() => project?.stop());

const UPLOAD = /^\/storage\/v1\/object\/pilab-dev\//;
const THUMBNAIL = /^\/storage\/v1\/object\/pilab-dev-thumbs\//;
const STORED = /\/rpc\/stored_objects/;

const refusal = (statusCode: string, code: string, message: string) => ({
  kind: "answer" as const,
  status: 400,
  body: { statusCode, code, error: code, message },
});

async function upload(
  pilab: Awaited<ReturnType<Project["device"]>>["pilab"],
  bytes?: Buffer,
): Promise<UploadOutcome> {
  const source = bytes ?? (await project.picture());
  for await (const outcome of pilab.captures.uploadMany([{ source, fileName: "frame.jpg" }])) return outcome;
  throw new Error("no outcome");
}

const sent = (path: RegExp) => project.proxy.requests.filter((request) => path.test(request.path));

/** Names of the objects in a device's folder, by SQL. */
async function objectsOf(slug: string): Promise<string[]> {
  const { rows } = await project.supabase.sql.transaction((tx) =>
    tx.query<{ name: string }>(
      "select name from storage.objects where bucket_id = 'pilab-dev' and name like $1 order by name",
      [`${slug}/%`],
    ),
  );
  return rows.map(({ name }) => name);
}

describe("a server or network that fails for a while", () => {
  test("a server that answers 503 twice, then 200: uploaded, at the third attempt", async () => {
    const { pilab } = await project.device();
    project.proxy.inject({
      path: UPLOAD,
      times: 2,
      fault: { kind: "answer", status: 503, body: { message: "busy" } },
    });
    expect(await upload(pilab)).toMatchObject({ outcome: "uploaded", verifiedBy: "etag" });
    expect(sent(UPLOAD)).toHaveLength(3);
  });

  test("a server that answers 503 for ever: failed as server_busy, after RETRY_MAX_ATTEMPTS", async () => {
    const { pilab, slug } = await project.device();
    project.proxy.inject({ path: UPLOAD, fault: { kind: "answer", status: 503, body: { message: "busy" } } });
    expect(await upload(pilab)).toMatchObject({
      outcome: "failed",
      reason: expect.stringMatching(
        `^upload of frame.jpg to pilab-dev/${slug}/2026/03/09/141502-[0-9a-f]{12}.jpg failed: busy$`,
      ),
      error: { code: "server_busy", hint: "The server is overloaded or starting; try again later." },
    });
    expect(sent(UPLOAD)).toHaveLength(3);
  });

  test("a catalogue that asks for time is asked again when that time has passed, not before", async () => {
    const waitedMs: number[] = [];
    const { pilab } = await project.device({
      retry: { maxDelayMs: 60_000, sleep: async (ms) => void waitedMs.push(ms) },
    });
    const headers = { "retry-after": "7" };
    for (const [path, status] of [
      [/rpc\/known_captures/, 429],
      [/rpc\/log_captures/, 503],
    ] as const) {
      project.proxy.inject({
        path,
        times: 1,
        fault: { kind: "answer", status, headers, body: { message: "later" } },
      });
    }
    expect(await upload(pilab)).toMatchObject({ outcome: "uploaded" });
    expect(waitedMs.map((ms) => ms >= 7000)).toEqual([true, true]);
  });

  test("a sign-in that finds the server busy for ever ends the run, after RETRY_MAX_ATTEMPTS and no more", async () => {
    const { credentials } = await project.device();
    project.proxy.inject({
      path: /^\/auth\/v1\/token/,
      fault: { kind: "answer", status: 503, body: { message: "busy" } },
    });
    await expect(upload(project.client(credentials))).rejects.toMatchObject({
      code: "server_busy",
      message: `sign-in as ${credentials.email} failed: busy`,
    });
    expect(sent(/\/token/)).toHaveLength(3);
  });

  test("a question to a server that is not there says why, not only that it failed", async () => {
    const closed = await startFaultProxy({ target: project.supabase.url });
    await closed.stop();
    const nowhere = project.client({
      url: closed.url,
      serviceKey: project.supabase.serviceRoleKey,
    });
    await expect(nowhere.usage.get()).rejects.toMatchObject({
      code: "network",
      message: expect.stringMatching(/ failed: Error: connect ECONNREFUSED 127\.0\.0\.1:\d+$/),
    });
  });

  test("a server that hangs once: uploaded, after the idle timeout, on another connection", async () => {
    const { pilab } = await project.device({ idleTimeoutMs: 1000 });
    project.proxy.inject({ path: UPLOAD, times: 1, fault: { kind: "hang" } });
    expect(await upload(pilab)).toMatchObject({ outcome: "uploaded", verifiedBy: "etag" });
    const [first, second] = sent(UPLOAD);
    expect(second?.connection).not.toBe(first?.connection);
  });

  test("a run that is stopped by a timeout reports no file that was under way", async () => {
    const { pilab } = await project.device();
    const stop = new AbortController();
    project.proxy.inject({ path: UPLOAD, fault: { kind: "hang" } });
    const run = pilab.captures.uploadMany([await project.picture()], { signal: stop.signal });
    const reading = (async () => {
      for await (const { file } of run) throw new Error(`${file} was reported`);
    })();
    await vi.waitFor(() => expect(sent(UPLOAD)).toHaveLength(1), 20_000);
    stop.abort(new DOMException("too long", "TimeoutError")); // as AbortSignal.timeout does
    await reading;
    expect(run.summary()).toMatchObject({ files: 0, ending: "aborted" });
  });

  test("a server that hangs for ever: failed as timeout", async () => {
    const { pilab } = await project.device({ idleTimeoutMs: 1000, retry: { maxAttempts: 1 } });
    project.proxy.inject({ path: UPLOAD, fault: { kind: "hang" } });
    expect(await upload(pilab)).toMatchObject({
      outcome: "failed",
      reason: expect.stringMatching(/ failed: nothing came or went for 1000 ms$/),
      error: { code: "timeout" },
    });
  });

  test("a connection cut in mid-upload: uploaded once, at the second attempt", async () => {
    const { pilab, slug } = await project.device();
    project.proxy.inject({ path: UPLOAD, times: 1, fault: { kind: "cut-request", afterBytes: 1 } });
    expect(await upload(pilab)).toMatchObject({ outcome: "uploaded", verifiedBy: "etag" });
    expect(await objectsOf(slug)).toHaveLength(1);
  });

  test("connections that are always cut: failed as network, and nothing is stored", async () => {
    const { pilab, slug } = await project.device();
    project.proxy.inject({ path: UPLOAD, fault: { kind: "cut-request", afterBytes: 1 } });
    expect(await upload(pilab)).toMatchObject({
      outcome: "failed",
      error: {
        code: "network",
        hint: "Check SUPABASE_URL and the network between this machine and the server.",
      },
    });
    expect(await objectsOf(slug)).toEqual([]);
  });

  test("a lost answer to the upload: the object is found to be ours, by its bytes", async () => {
    const { pilab, slug } = await project.device();
    project.proxy.inject({ path: UPLOAD, times: 1, fault: { kind: "drop-answer" } });
    expect(await upload(pilab)).toMatchObject({ outcome: "uploaded", verifiedBy: "etag" });
    expect(await objectsOf(slug)).toHaveLength(1);
    expect(sent(/\/object\/info\//)).toHaveLength(1);
  });

  test("a lost answer to the cataloguing: still uploaded, and one row", async () => {
    const { pilab, id } = await project.device();
    project.proxy.inject({ path: /log_captures/, times: 1, fault: { kind: "drop-answer" } });
    const outcome = await upload(pilab);
    expect(outcome).toMatchObject({ outcome: "uploaded", verifiedBy: "etag" });
    const { captures } = await pilab.captures.list({ deviceId: id });
    expect(captures.map((capture) => capture.id)).toEqual([outcome.captureId]);
  });

  test("an answer that is cut, or nonsense: asked again, or called a lie", async () => {
    const { pilab } = await project.device();
    project.proxy.inject({ path: /known_captures/, times: 1, fault: { kind: "cut-answer", afterBytes: 3 } });
    expect(await upload(pilab)).toMatchObject({ outcome: "uploaded" });
    project.proxy.inject({
      path: /known_captures/,
      fault: { kind: "rewrite", rewrite: () => '[{"state":"fine"}]' },
    });
    expect(await upload(pilab)).toMatchObject({ outcome: "failed", error: { code: "server_lied" } });
  });

  test("a refused thumbnail holds nothing back: the row has none, and the outcome says so", async () => {
    const { pilab } = await project.device();
    project.proxy.inject({
      path: THUMBNAIL,
      fault: refusal("415", "InvalidMimeType", "mime type image/webp is not supported"),
    });
    const outcome = await upload(pilab);
    expect(outcome).toMatchObject({ outcome: "uploaded", verifiedBy: "etag" });
    expect(outcome.notes).toEqual([
      expect.stringMatching(/^no thumbnail: .*mime type image\/webp is not supported$/),
    ]);
    expect(await pilab.captures.get(outcome.captureId as string)).toMatchObject({ thumbnail_path: null });
  });
});

describe("a server that lies", () => {
  test("200, but the object is not stored: failed as server_lied, and nothing is catalogued", async () => {
    const { pilab, slug } = await project.device();
    project.proxy.inject({
      path: UPLOAD,
      fault: { kind: "answer", status: 200, body: { Key: "k", Id: "i" } },
    });
    const outcome = await upload(pilab);
    expect(outcome).toMatchObject({
      outcome: "failed",
      reason: expect.stringMatching(
        `^pilab-dev/${slug}/2026/03/09/141502-[0-9a-f]{12}.jpg: the server accepted the upload but does not hold the object$`,
      ),
      error: { code: "server_lied" },
    });
    expect((await pilab.captures.list()).captures).toEqual([]);
  });

  const rewriteHeld = (change: object) => ({
    path: STORED,
    fault: {
      kind: "rewrite" as const,
      rewrite: (body: Buffer) =>
        JSON.stringify((JSON.parse(body.toString()) as object[]).map((row) => ({ ...row, ...change }))),
    },
  });

  test("another size: failed as server_lied", async () => {
    const { pilab } = await project.device();
    const bytes = await project.picture();
    project.proxy.inject(rewriteHeld({ size_bytes: 5 }));
    expect(await upload(pilab, bytes)).toMatchObject({
      outcome: "failed",
      reason: expect.stringMatching(
        `: the server holds other bytes than were sent \\(5 bytes there, ${bytes.length} here\\)$`,
      ),
      error: { code: "server_lied" },
    });
  });

  test.each([
    ["none", null],
    ["another MD5", "f".repeat(32)],
    ["parts of no known size", `${"f".repeat(32)}-77`],
  ])("an eTag that proves nothing (%s): the bytes are downloaded and compared", async (_title, etag) => {
    const { pilab } = await project.device();
    project.proxy.inject(rewriteHeld({ etag }));
    expect(await upload(pilab)).toMatchObject({ outcome: "uploaded", verifiedBy: "download" });
  });

  test("an eTag of S3 parts is enough, without a download", async () => {
    const { pilab } = await project.device();
    const bytes = await project.picture();
    const part = createHash("md5").update(bytes).digest();
    project.proxy.inject(rewriteHeld({ etag: `${createHash("md5").update(part).digest("hex")}-1` }));
    expect(await upload(pilab, bytes)).toMatchObject({ outcome: "uploaded", verifiedBy: "etag-parts" });
    expect(sent(/\/object\/authenticated\//)).toEqual([]);
  });

  test("other bytes of the same size: found by the download", async () => {
    const { pilab } = await project.device();
    project.proxy.inject(rewriteHeld({ etag: null }));
    project.proxy.inject({
      path: /\/object\/authenticated\//,
      fault: { kind: "rewrite", rewrite: (body) => Buffer.from(body).fill(0, 0, 1) },
    });
    expect(await upload(pilab)).toMatchObject({ outcome: "failed", error: { code: "server_lied" } });
  });

  test("with verify: size the size alone is enough", async () => {
    const { pilab } = await project.device({ verify: "size" });
    project.proxy.inject(rewriteHeld({ etag: null }));
    expect(await upload(pilab)).toMatchObject({ outcome: "uploaded", verifiedBy: "size" });
  });
});

describe("a path that is taken", () => {
  async function occupy(path: string, bytes: Buffer): Promise<void> {
    const key = project.supabase.serviceRoleKey;
    const answer = await fetch(`${project.supabase.url}/storage/v1/object/pilab-dev/${path}`, {
      method: "POST",
      headers: { apikey: key, authorization: `Bearer ${key}`, "content-type": "image/jpeg" },
      body: new Uint8Array(bytes),
    });
    expect(answer.status).toBe(200);
  }
  const pathOf = (slug: string, bytes: Buffer, suffix = "") =>
    `${slug}/2026/03/09/141502-${createHash("sha256").update(bytes).digest("hex").slice(0, 12)}${suffix}.jpg`;

  test("by the same bytes: they are ours, and are catalogued", async () => {
    const { pilab, slug } = await project.device();
    const bytes = await project.picture();
    await occupy(pathOf(slug, bytes), bytes);
    expect(await upload(pilab, bytes)).toMatchObject({
      outcome: "uploaded",
      objectPath: pathOf(slug, bytes),
      verifiedBy: "etag",
    });
  });

  test("by other bytes: the capture takes the next path, and is not stuck for ever", async () => {
    const { pilab, slug } = await project.device();
    const bytes = await project.picture();
    await occupy(pathOf(slug, bytes), bytes.subarray(0, 100));
    await occupy(pathOf(slug, bytes, "-2"), Buffer.alloc(bytes.length));
    const outcome = await upload(pilab, bytes);
    expect(outcome).toMatchObject({
      outcome: "uploaded",
      objectPath: pathOf(slug, bytes, "-3"),
      verifiedBy: "etag",
    });
    expect(await pilab.captures.download(await pilab.captures.get(outcome.captureId as string))).toEqual(
      bytes,
    );
  });

  test("the connection of a refused upload is not used again", async () => {
    const { pilab, slug } = await project.device();
    const bytes = await project.picture();
    await occupy(pathOf(slug, bytes), bytes);
    await upload(pilab, bytes);
    const at = project.proxy.requests.findIndex(({ method, path }) => method === "POST" && UPLOAD.test(path));
    const refused = project.proxy.requests[at];
    const later = project.proxy.requests.slice(at + 1).map(({ connection }) => connection);
    expect(later).not.toContain(refused?.connection);
  });
});

describe("what ends the whole run, with one message", () => {
  async function run(pilab: Awaited<ReturnType<Project["device"]>>["pilab"], files = 12) {
    const items = await Promise.all(
      Array.from({ length: files }, async (_, index) => ({
        source: await project.picture(),
        fileName: `${index}.jpg`,
      })),
    );
    const uploads = pilab.captures.uploadMany(items);
    const outcomes: UploadOutcome[] = [];
    const error = await (async () => {
      for await (const outcome of uploads) outcomes.push(outcome);
    })().catch((thrown: unknown) => thrown);
    return { outcomes, error, summary: uploads.summary() };
  }

  test("a bucket that is missing", async () => {
    const { pilab, slug } = await project.device({ bucket: "nowhere" });
    const { outcomes, error, summary } = await run(pilab);
    expect(outcomes).toEqual([]);
    expect(error).toMatchObject({
      code: "bucket_missing",
      message: expect.stringMatching(`^upload of \\d+.jpg to nowhere/${slug}/.* failed: Bucket not found$`),
      hint: 'There is no bucket "nowhere": check STORAGE_BUCKET, and that the migrations were applied to this project.',
    });
    expect(summary.ending).toBe("stopped");
  });

  test("a wrong key", async () => {
    const { credentials } = await project.device();
    const { error } = await run(project.client({ ...credentials, key: "eyJhbGciOiJIUzI1NiJ9.e30.wrong" }));
    expect(error).toMatchObject({
      code: "not_signed_in",
      hint: "Check the project's key, and that this account's e-mail and password are those that devices.create() gave.",
    });
  });

  test("a wrong password", async () => {
    const { credentials } = await project.device();
    const { error } = await run(project.client({ ...credentials, password: "guess" }));
    expect(error).toMatchObject({
      code: "not_signed_in",
      message: `sign-in as ${credentials.email} failed: Invalid login credentials`,
    });
  });

  test("a wrong service key", async () => {
    const { slug } = await project.device();
    const pilab = project.client({ serviceKey: "eyJhbGciOiJIUzI1NiJ9.e30.wrong" });
    await expect(
      pilab.captures.uploadAndLog(await project.picture(), { device: slug }),
    ).rejects.toMatchObject({
      code: "not_signed_in",
      message: "The service key was refused",
      hint: "Check SUPABASE_SERVICE_ROLE_KEY (or SUPABASE_SECRET_KEY) and that it belongs to SUPABASE_URL.",
    });
  });

  test("an account that is no device", async () => {
    const { email, password } = project.supabase.admin;
    const { error } = await run(project.client({ email, password }));
    expect(error).toMatchObject({
      code: "forbidden",
      message: "This account is no device, and only device accounts upload",
      hint: expect.stringContaining("devices.create()"),
    });
  });

  test("a write that row-level security refuses", async () => {
    const { pilab, slug, id } = await project.device();
    project.proxy.inject({
      path: UPLOAD,
      times: 1,
      fault: {
        kind: "meanwhile",
        run: () =>
          project.supabase.sql.transaction(async (tx) => {
            await tx.query("update public.devices set retired_at = now() where id = $1", [id]);
          }),
      },
    });
    const { error, summary } = await run(pilab);
    expect(error).toMatchObject({
      code: "forbidden",
      message: expect.stringMatching(
        `^upload of \\d+.jpg to pilab-dev/${slug}/.* failed: new row violates row-level security policy`,
      ),
      hint: expect.stringMatching(/^Only device accounts upload, each into its own folder/),
    });
    expect(summary.counts.failed).toBe(0);
  });

  test("a token that is refused though it is fresh; one that ran out is renewed, once, and all goes on", async () => {
    const expired = refusal("403", "AccessDenied", '"exp" claim timestamp check failed');
    const { pilab } = await project.device();
    project.proxy.inject({ path: UPLOAD, times: 1, fault: expired });
    const { outcomes, error } = await run(pilab);
    expect(error).toBeUndefined();
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(Array(12).fill("uploaded"));
    expect(sent(/\/token/)).toHaveLength(2);

    project.proxy.inject({ path: UPLOAD, fault: expired });
    const refused = await run(pilab);
    expect(refused.error).toMatchObject({
      code: "not_signed_in",
      message: expect.stringMatching(/"exp" claim timestamp check failed$/),
    });
  });
});

describe("what concerns one file", () => {
  test("a file above the server's own limit waits in place as too_large", async () => {
    const { pilab } = await project.device();
    project.proxy.inject({
      path: UPLOAD,
      fault: refusal("413", "EntityTooLarge", "The object exceeded the maximum allowed size"),
    });
    expect(await upload(pilab)).toMatchObject({
      outcome: "too_large",
      reason: expect.stringMatching(/failed: The object exceeded the maximum allowed size$/),
      error: {
        hint: expect.stringMatching(
          /^The server's limit for pilab-dev is smaller than this file of \d+ bytes/,
        ),
      },
    });
  });

  test("too many failures end the run early", async () => {
    const { pilab } = await project.device();
    project.proxy.inject({ path: UPLOAD, fault: refusal("400", "InvalidKey", "Invalid key") });
    async function* pictures() {
      for (;;) yield await project.picture();
    }
    const run = pilab.captures.uploadMany(pictures(), { chunkSize: 5 });
    for await (const { outcome } of run) expect(outcome).toBe("failed");
    expect(run.summary()).toMatchObject({ ending: "failed_fast" });
  });
});

describe("resumable uploads", () => {
  const SIZE = 14 * 1024 * 1024;
  const TUS = /^\/storage\/v1\/upload\/resumable\//;
  let made = 0;
  /** A video of its own bytes: its time is part of them. */
  const video = async () => {
    made += 1;
    const bytes = makeMp4({ mediaBytes: SIZE, createdAt: new Date(Date.UTC(2026, 0, 1, 0, made)) });
    return { bytes, path: await project.file(`video-${made}.mp4`, bytes) };
  };
  const offsets = () =>
    sent(TUS)
      .filter(({ method }) => method === "PATCH")
      .map(({ headers }) => headers["upload-offset"]);

  async function expectIntact(
    pilab: Awaited<ReturnType<Project["device"]>>["pilab"],
    outcome: UploadOutcome,
    bytes: Buffer,
  ) {
    expect(outcome).toMatchObject({ outcome: "uploaded", verifiedBy: "etag" });
    const capture = await pilab.captures.get(outcome.captureId as string);
    expect((await pilab.captures.download(capture)).equals(bytes)).toBe(true);
  }

  test("go on at the server's offset after a cut connection", async () => {
    const { pilab } = await project.device();
    const { bytes, path } = await video();
    project.proxy.inject({
      method: "PATCH",
      path: TUS,
      times: 1,
      fault: { kind: "cut-request", afterBytes: 1024 * 1024 },
    });
    await expectIntact(pilab, await pilab.captures.uploadAndLog(path), bytes);
    expect(sent(TUS).filter(({ method }) => method === "HEAD").length).toBeGreaterThan(0);
  });

  test("take a lost last answer for what it is: success", async () => {
    const { pilab } = await project.device();
    const { bytes, path } = await video();
    const all = project.proxy.inject({ method: "PATCH", path: TUS, fault: { kind: "drop-answer" } });
    await expectIntact(pilab, await pilab.captures.uploadAndLog(path), bytes);
    all();
    expect(offsets()).toEqual(["0", "6291456", "12582912"]);
  });

  test("begin anew when the server has forgotten them", async () => {
    const { pilab } = await project.device();
    const { bytes, path } = await video();
    project.proxy.inject({
      method: "HEAD",
      path: TUS,
      times: 1,
      fault: { kind: "answer", status: 404, body: "" },
    });
    await expectIntact(pilab, await pilab.captures.uploadAndLog(path), bytes);
    expect(sent(/^\/storage\/v1\/upload\/resumable$/)).toHaveLength(2);
  });

  test("begin anew when the server holds them locked, at the third try that brings them no further", async () => {
    const { pilab } = await project.device({ retry: { maxAttempts: 1 } });
    const { bytes, path } = await video();
    const locked = { kind: "answer", status: 423, body: { error: "ResourceLocked" } } as const;
    const first = project.proxy.inject({ method: "PATCH", path: TUS, fault: locked });
    const failed = { code: "server_busy" };
    await expect(pilab.captures.uploadAndLog(path)).rejects.toMatchObject(failed);
    first();
    const url = sent(TUS)[0]?.path as string;
    project.proxy.inject({ path: new RegExp(`^${url.replaceAll(/\W/g, ".")}$`), fault: locked });
    await expect(pilab.captures.uploadAndLog(path)).rejects.toMatchObject(failed);
    expect(sent(/^\/storage\/v1\/upload\/resumable$/)).toHaveLength(1);
    await expectIntact(pilab, await pilab.captures.uploadAndLog(path), bytes);
    expect(sent(/^\/storage\/v1\/upload\/resumable$/)).toHaveLength(2);
  });

  test("go on in another process that has the upload's URL", async () => {
    const resumeStore = createMemoryResumeStore();
    const { pilab, credentials } = await project.device({ resumeStore, retry: { maxAttempts: 1 } });
    const { bytes, path } = await video();
    // Each chunk once, then the network is gone.
    project.proxy.inject({ method: "PATCH", path: TUS, times: 1, fault: { kind: "delay", ms: 0 } });
    const gone = project.proxy.inject({
      method: "PATCH",
      path: TUS,
      fault: { kind: "cut-request", afterBytes: 1 },
    });
    await expect(pilab.captures.uploadAndLog(path)).rejects.toMatchObject({ code: "network" });
    gone();
    const next = project.client({ ...credentials, resumeStore });
    await expectIntact(next, await next.captures.uploadAndLog(path), bytes);
    expect(offsets()[0]).toBe("0");
    expect(Number(offsets().at(-2))).toBeGreaterThanOrEqual(6_291_456);
    expect(sent(/^\/storage\/v1\/upload\/resumable$/)).toHaveLength(1);
  });

  test("a file that changes while it is sent never becomes an object", async () => {
    const { pilab, slug } = await project.device();
    const { path } = await video();
    project.proxy.inject({
      method: "PATCH",
      path: TUS,
      times: 1,
      fault: { kind: "meanwhile", run: () => appendFile(path, "the camera is still writing") },
    });
    await expect(pilab.captures.uploadAndLog(path)).rejects.toMatchObject({
      code: "file_changed",
      message: expect.stringMatching(/^video-\d+.mp4 changed while it was read$/),
      hint: "It is still being written: upload it when it is finished.",
    });
    expect(await objectsOf(slug)).toEqual([]);
  });
});

describe("health.check", () => {
  test("names what is down", async () => {
    const { pilab } = await project.device();
    expect(await pilab.health.check()).toMatchObject({
      ok: true,
      dependencies: [
        { name: "auth", ok: true },
        { name: "rest", ok: true },
        { name: "storage", ok: true },
      ],
    });
    project.proxy.inject({
      path: /^\/storage\/v1\/object\/list/,
      fault: { kind: "answer", status: 503, body: {} },
    });
    const { ok, dependencies } = await pilab.health.check();
    expect(ok).toBe(false);
    expect(dependencies[2]).toMatchObject({ name: "storage", ok: false, error: { code: "server_busy" } });
    expect(dependencies.every(({ latencyMs }) => latencyMs >= 0)).toBe(true);
  });

  test("gives up after five seconds on what hangs, a sign-in too", async () => {
    const { credentials } = await project.device();
    const pilab = project.client(credentials);
    project.proxy.inject({ path: /^\/auth\/v1\/token/, fault: { kind: "hang" } });
    const { ok, dependencies } = await pilab.health.check();
    expect(ok).toBe(false);
    expect(dependencies.map(({ error }) => error?.code)).toEqual(Array(3).fill("timeout"));
  });
});
