import { createHash } from "node:crypto";
import { accessSync, constants } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LocalSupabase, startLocalSupabase } from "../src/index.ts";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];

let dir: string;
let supabase: LocalSupabase;
let service: SupabaseClient;
let deviceId: string;
let pages: Server;
let browser: Browser;
let page: Page;
const complaints: string[] = [];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "pilab-browser-"));
  supabase = await startLocalSupabase({ dataDir: dir, port: 0 });
  service = createClient(supabase.url, supabase.serviceRoleKey, { auth: { persistSession: false } });
  const { data, error } = await service
    .from("devices")
    .insert({ slug: "bench-1", name: "Bench 1" })
    .select("id")
    .single();
  if (error) throw error;
  deviceId = data.id as string;
  pages = await servePage();
  browser = await chromium.launch({ executablePath: findBrowser(), args: FLAGS });
  page = await browser.newPage();
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  await page.goto(`http://localhost:${(pages.address() as AddressInfo).port}/`);
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await service?.realtime.disconnect();
  pages?.close();
  await supabase?.stop();
  await rm(dir, { recursive: true, force: true });
});

/** A page with supabase-js, on another origin than Supabase: another port, and localhost instead of 127.0.0.1. */
async function servePage(): Promise<Server> {
  const entry = createRequire(import.meta.url).resolve("@supabase/supabase-js/package.json");
  const script = await readFile(join(entry, "..", "dist", "umd", "supabase.js"));
  const server = createServer((request, response) => {
    if (request.url === "/supabase.js") response.setHeader("content-type", "text/javascript").end(script);
    else if (request.url === "/")
      response
        .setHeader("content-type", "text/html")
        .end("<!doctype html><link rel=icon href=data:><script src=/supabase.js></script>");
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  return server;
}

function findBrowser(): string {
  const named = process.env.CHROMIUM_PATH;
  const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
  const folders = (process.env.PATH ?? "").split(delimiter);
  const found =
    named ?? names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
  if (!found)
    throw new Error("No Chromium on PATH. Run: sudo apt-get install -y chromium (or set CHROMIUM_PATH)");
  return found;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Uploads and catalogues a capture, as a device's agent does. */
async function addCapture(text: string): Promise<void> {
  const bytes = Buffer.from(text);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const object_path = `bench-1/2026/01/02/030405-${sha256.slice(0, 12)}.jpg`;
  const sent = await service.storage
    .from("pilab-dev")
    .upload(object_path, bytes, { contentType: "image/jpeg" });
  if (sent.error) throw sent.error;
  const facts = {
    captured_at: "2026-01-02T03:04:05Z",
    captured_at_source: "exif",
    content_type: "image/jpeg",
  };
  const row = {
    bucket_id: "pilab-dev",
    object_path,
    file_name: "a.jpg",
    sha256,
    size_bytes: bytes.length,
    ...facts,
  };
  const logged = await service.rpc("log_captures", { captures: [row], for_device_id: deviceId });
  if (logged.error) throw logged.error;
}

/** Runs a script in the page, which has `client` once {@link signIn} was run; its last promise is the result. */
const inPage = <T>(script: string): Promise<T> =>
  page.evaluate(`(async () => { ${script} })()`) as Promise<T>;

describe("a page of another origin, in a real browser", () => {
  test("signs in, lists captures, shows a picture, and hears of a new one within the second", {
    timeout: 60_000,
  }, async () => {
    await addCapture("first");
    const email = await inPage(`
      window.client = supabase.createClient(${JSON.stringify(supabase.url)}, ${JSON.stringify(supabase.anonKey)});
      const { data, error } = await client.auth.signInWithPassword(
        { email: ${JSON.stringify(supabase.admin.email)}, password: ${JSON.stringify(supabase.admin.password)} });
      if (error) throw error;
      return data.user.email;`);
    expect(email).toBe(supabase.admin.email);

    const listed = await inPage<{ count: number; object_path: string }>(`
      const { data, count, error } = await client.from("captures").select("object_path", { count: "exact" });
      if (error) throw error;
      return { count, object_path: data[0].object_path };`);
    expect(listed.count).toBe(1);

    // Through fetch (CORS preflight, exposed headers) and through a signed URL, as an <img> would.
    const shown = await inPage<{ downloaded: string; signed: string }>(`
      const bucket = client.storage.from("pilab-dev");
      const { data, error } = await bucket.download(${JSON.stringify(listed.object_path)});
      if (error) throw error;
      const url = await bucket.createSignedUrl(${JSON.stringify(listed.object_path)}, 60);
      return { downloaded: await data.text(), signed: await (await fetch(url.data.signedUrl)).text() };`);
    expect(shown).toEqual({ downloaded: "first", signed: "first" });

    await inPage(`
      window.heard = [];
      await new Promise((resolve, reject) => client.channel("live")
        .on("postgres_changes", { event: "INSERT", schema: "public", table: "capture_batches" }, (event) => {
          heard.push({ created: event.new.created_count, at: Date.now() });
        })
        .subscribe((status, error) => status === "SUBSCRIBED" ? resolve() : reject(error ?? new Error(status))));`);
    await addCapture("second");
    await page.waitForFunction("heard.length === 1");
    expect(await inPage("return heard.map((event) => event.created)")).toEqual([1]);
    expect(complaints).toEqual([]);
  });

  test("without signing in reads nothing and hears nothing", { timeout: 60_000 }, async () => {
    const got = await inPage<{ rows: number }>(`
      window.stranger = supabase.createClient(${JSON.stringify(supabase.url)}, ${JSON.stringify(supabase.anonKey)},
        { auth: { storageKey: "stranger" } });
      window.strangerHeard = [];
      await new Promise((resolve, reject) => stranger.channel("live")
        .on("postgres_changes", { event: "*", schema: "public", table: "capture_batches" }, (event) => strangerHeard.push(event))
        .subscribe((status, error) => status === "SUBSCRIBED" ? resolve() : reject(error ?? new Error(status))));
      const { data } = await stranger.from("captures").select("id");
      heard.length = 0;
      return { rows: data.length };`);
    expect(got.rows).toBe(0);
    await addCapture("third");
    // Both subscribe to the same change: once the admin has it, the stranger's was decided too.
    await page.waitForFunction("heard.length === 1");
    expect(await inPage("return strangerHeard.length")).toBe(0);
  });
});
