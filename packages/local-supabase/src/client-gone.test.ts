import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, expect, test } from "vitest";

const MODULE = new URL("./server.ts", import.meta.url).href;
const PROGRAM = `const { startLocalSupabase } = await import(${JSON.stringify(MODULE)});
  const { url, serviceRoleKey } = await startLocalSupabase({ dataDir: process.argv[1], port: 0, migrationsDir: null });
  console.log(JSON.stringify({ url, key: serviceRoleKey }));`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pilab-gone-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A client that dies when it has sent this much of a body of a megabyte. */
const CLIENT = `const [port, head, bytes] = process.argv.slice(1);
  const socket = (await import("node:net")).connect(Number(port), "127.0.0.1");
  socket.write(head + "content-length: 1000000\\r\\n\\r\\n");
  socket.write(Buffer.alloc(Number(bytes), "x"), () => process.kill(process.pid, "SIGKILL"));`;

test("a client that is killed in mid-upload leaves no trace in the terminal, wherever it sends to", async () => {
  const child = spawn(process.execPath, ["--input-type=module", "-e", PROGRAM, folder]);
  let terminal = "";
  child.stderr.on("data", (text) => {
    terminal += text;
  });
  const lines = createInterface(child.stdout);
  const { url, key } = JSON.parse(((await once(lines, "line")) as [string])[0]) as {
    url: string;
    key: string;
  };
  lines.on("line", (line) => {
    terminal += line;
  });
  const headers = { authorization: `Bearer ${key}`, apikey: key };
  const ask = (path: string, init: RequestInit) =>
    fetch(url + path, { ...init, headers: { ...headers, ...init.headers } });
  const bucket = JSON.stringify({ id: "b", name: "b" });
  await ask("/storage/v1/bucket", {
    method: "POST",
    body: bucket,
    headers: { "content-type": "application/json" },
  });
  const meta = Object.entries({ bucketName: "b", objectName: "resumed" }).map(
    ([name, value]) => `${name} ${btoa(value)}`,
  );
  const created = await ask("/storage/v1/upload/resumable", {
    method: "POST",
    headers: { "tus-resumable": "1.0.0", "upload-length": "1000000", "upload-metadata": meta.join() },
  });
  const resumed = new URL(created.headers.get("location") as string).pathname;

  const json = { "content-type": "application/json" };
  const requests: [string, Record<string, string>][] = [
    ["POST /storage/v1/object/b/a", { "content-type": "image/jpeg" }],
    ["POST /storage/v1/object/b/m", { "content-type": "multipart/form-data; boundary=x" }],
    [
      `PATCH ${resumed}`,
      {
        ...{ "tus-resumable": "1.0.0", "upload-offset": "0" },
        "content-type": "application/offset+octet-stream",
      },
    ],
    ["POST /rest/v1/rpc/log_captures", json],
    ["POST /auth/v1/token?grant_type=password", json],
    ["POST /auth/v1/signup", json],
    ["PUT /auth/v1/user", json],
  ];
  for (const [request, more] of requests) {
    const fields = Object.entries({ host: "x", ...headers, ...more }).map(
      ([name, value]) => `${name}: ${value}\r\n`,
    );
    for (const bytes of [1, 300_000]) {
      const args = [new URL(url).port, `${request} HTTP/1.1\r\n${fields.join("")}`, String(bytes)];
      const client = spawn(process.execPath, ["--input-type=module", "-e", CLIENT, ...args], {
        stdio: "inherit",
      });
      expect(await once(client, "exit")).toEqual([null, "SIGKILL"]);
    }
  }
  // An answer to each of these says that what came before it has been dealt with.
  for (const path of ["/rest/v1/", "/auth/v1/health", "/health"])
    expect((await ask(path, {})).status).toBe(200);
  child.kill("SIGKILL");
  await once(child, "close");
  expect(terminal).toBe("");
}, 60_000);
