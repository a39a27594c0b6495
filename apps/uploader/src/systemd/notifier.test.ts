import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createNotifier } from "./notifier.ts";

test("says nothing where nobody listens", async () => {
  const send = () => Promise.reject(new Error("sent"));
  const notifier = createNotifier({ env: {}, send });
  expect(notifier.listening).toBe(false);
  expect(await notifier.ready("up")).toBe(false);
  expect(await notifier.alive()).toBe(false);
});

test("sends one message at a time, in order; a status travels with the next one, once, on one line", async () => {
  const sent: string[][] = [];
  let busy = 0;
  const notifier = createNotifier({
    env: { NOTIFY_SOCKET: "/run/x" },
    send: async (fields) => {
      busy += 1;
      expect(busy).toBe(1);
      await Promise.resolve();
      sent.push([...fields]);
      busy -= 1;
      return true;
    },
  });
  const all = [notifier.ready("up"), notifier.alive()];
  await Promise.all(all);
  notifier.setStatus("3 queued");
  notifier.setStatus("2 queued\nWATCHDOG=trigger");
  await notifier.alive();
  expect(await notifier.flush()).toBe(false);
  await notifier.stopping("bye");
  expect(sent).toEqual([
    ["READY=1", "STATUS=up"],
    ["WATCHDOG=1"],
    ["WATCHDOG=1", "STATUS=2 queued WATCHDOG=trigger"],
    ["STOPPING=1", "STATUS=bye"],
  ]);
});

function has(program: string, ...args: string[]): boolean {
  try {
    execFileSync(program, args, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** systemd's part: prints each datagram as one line of JSON, and closes the descriptor of a BARRIER as systemd does. */
const RECEIVER = `
import array, json, os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print("up", flush=True)
while True:
    data, ancillary, _, _ = s.recvmsg(4096, 256)
    for _, kind, content in ancillary:
        if kind == socket.SCM_RIGHTS:
            for fd in array.array("i", content): os.close(fd)
    print(json.dumps(data.decode()), flush=True)
`;

const canReceive = has("systemd-notify", "--version") && has("python3", "--version");

// Needs systemd-notify and python3: elsewhere the report says that it was skipped.
describe.skipIf(!canReceive)("through systemd-notify into a real socket", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "pilab-notify-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test("each message arrives as one datagram", async () => {
    const socket = join(folder, "notify");
    const receiver = spawn("python3", ["-c", RECEIVER, socket], { stdio: ["ignore", "pipe", "inherit"] });
    try {
      const lines = createInterface(receiver.stdout)[Symbol.asyncIterator]();
      const next = async () => (await lines.next()).value as string;
      expect(await next()).toBe("up");
      const datagram = async () => {
        const text = JSON.parse(await next()) as string;
        return text === "BARRIER=1" ? (JSON.parse(await next()) as string) : text;
      };
      const notifier = createNotifier({ env: { NOTIFY_SOCKET: socket, PATH: process.env.PATH } });
      expect(await notifier.ready("watching /srv/cam, 0 queued")).toBe(true);
      expect(await datagram()).toBe("READY=1\nSTATUS=watching /srv/cam, 0 queued");
      expect(await notifier.alive()).toBe(true);
      expect(await datagram()).toBe("WATCHDOG=1");
      expect(await notifier.stopping("parking 2 uploads")).toBe(true);
      expect(await datagram()).toBe("STOPPING=1\nSTATUS=parking 2 uploads");
    } finally {
      receiver.kill();
      await once(receiver, "close");
    }
  });

  test("a socket that is gone is no error, only not told", async () => {
    const env = { NOTIFY_SOCKET: join(folder, "nobody"), PATH: process.env.PATH };
    expect(await createNotifier({ env }).alive()).toBe(false);
  });
});
