import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { createClient } from "@supabase/supabase-js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type StorageTestServer, startStorageTestServer } from "./storage-test-server.ts";

const MODULE = new URL("./storage-test-server.ts", import.meta.url).href;
const PROGRAM = `const { startStorageTestServer } = await import(${JSON.stringify(MODULE)});
  const server = await startStorageTestServer(process.argv[1]);
  console.log(JSON.stringify({ url: server.url, key: await server.token({ role: "service_role" }) }));`;

let root: string;
let survivor: StorageTestServer | undefined;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "pilab-storage-kill-"));
});
afterAll(async () => {
  await survivor?.stop();
  await rm(root, { recursive: true, force: true });
});

test("kill -9 amid uploads, upserts and removals: what was answered holds, and no stray file is left", async () => {
  const child = spawn(process.execPath, ["--input-type=module", "-e", PROGRAM, root], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit"); // before the kill: it may be gone before the writers are
  const [line] = (await once(createInterface(child.stdout), "line")) as [string];
  const { url, key } = JSON.parse(line) as { url: string; key: string };
  const expected = await storeUntil(url, key, { answers: 40, kill: () => child.kill("SIGKILL") });
  await exited;

  survivor = await startStorageTestServer(root);
  const bucket = createClient(survivor.url, await survivor.token({ role: "service_role" })).storage.from(
    "kill",
  );
  for (const [name, contents] of expected) {
    const { data } = await bucket.download(name);
    const found = data === null ? undefined : Buffer.from(await data.arrayBuffer());
    expect(
      contents.some((content) => (content === undefined ? found === undefined : found?.equals(content))),
      name,
    ).toBe(true);
  }
  const { data: rows } = await bucket.list("", { limit: 1000 });
  const files = (await readdir(join(root, "files", "kill"), { recursive: true, withFileTypes: true })).filter(
    (f) => f.isFile(),
  );
  expect(files).toHaveLength(2 * (rows?.length ?? 0)); // content and sidecar each
  for (const name of [".incoming", ".pending"]) expect(await readdir(join(root, "files", name))).toEqual([]);
}, 120_000);

type Content = Buffer | undefined;

/** Writes and removes four names at a time until the server is gone. @returns each name with the contents it may have now */
async function storeUntil(
  url: string,
  key: string,
  options: { answers: number; kill: () => void },
): Promise<Map<string, Content[]>> {
  const storage = createClient(url, key).storage;
  await storage.createBucket("kill");
  const expected = new Map<string, Content[]>();
  let answers = 0;
  const work = async (worker: number): Promise<void> => {
    for (let n = 0; ; n++) {
      const name = `${worker}-${n % 5}.bin`;
      const next: Content = n % 7 === 6 ? undefined : randomBytes(100_000);
      const before = expected.get(name) ?? [undefined];
      expected.set(name, [...before, next]); // until it is answered, either may be
      const bucket = storage.from("kill");
      const { error } = next
        ? await bucket.upload(name, next, { upsert: true })
        : await bucket.remove([name]);
      if (error && answers < options.answers) throw error;
      if (error) return; // the server is gone
      expected.set(name, [next]);
      if (++answers === options.answers) options.kill();
    }
  };
  await Promise.all([0, 1, 2, 3].map(work));
  return expected;
}
