import { expect, test } from "vitest";
import { createNotifier } from "./notifier.ts";
import { createProgress, type Progress, type Step } from "./progress.ts";
import { runWatchdog, watchdogTimeoutMs } from "./watchdog.ts";

/** Runs the watchdog for so many rounds; `each` happens in the sleep after a round. */
async function watch(
  env: Record<string, string>,
  rounds: number,
  each: (round: number, progress: Progress) => void = () => {},
) {
  const time = { ms: 0 };
  const sent: string[] = [];
  const said: string[] = [];
  const stop = new AbortController();
  const progress = createProgress(() => time.ms);
  let round = 0;
  await runWatchdog({
    notifier: createNotifier({
      env,
      send: async (fields) => {
        sent.push(fields.join(" "));
        return true;
      },
    }),
    env,
    stuck: progress.stuck,
    onStuck: (what) => said.push(what),
    signal: stop.signal,
    pid: 42,
    sleep: async (ms) => {
      time.ms += ms;
      round += 1;
      each(round, progress);
      if (round === rounds) stop.abort();
    },
  });
  return { sent, said, time };
}

const SYSTEMD = { NOTIFY_SOCKET: "/run/x", WATCHDOG_USEC: "120000000", WATCHDOG_PID: "42" };

test("gives a sign of life each 30 s, and three times within a shorter WatchdogSec", async () => {
  const long = await watch(SYSTEMD, 4);
  expect(long.sent).toEqual(["WATCHDOG=1", "WATCHDOG=1", "WATCHDOG=1", "WATCHDOG=1"]);
  expect(long.time.ms).toBe(120_000);
  const short = await watch({ ...SYSTEMD, WATCHDOG_USEC: "3000000" }, 3);
  expect(short.time.ms).toBe(3000);
});

test("is silent while work hangs, says once what, and goes on when the work does", async () => {
  let upload: Step | undefined;
  const { sent, said } = await watch(SYSTEMD, 9, (round, progress) => {
    // Begins at 30 s, hangs for 90 s.
    if (round === 1) upload = progress.begin("upload of a.jpg", 60_000);
    if (round === 5) upload?.touch();
    if (round === 6) upload?.end();
  });
  expect(sent).toEqual([
    "WATCHDOG=1",
    "WATCHDOG=1",
    "WATCHDOG=1",
    "WATCHDOG=1",
    "STATUS=stuck: upload of a.jpg has not got on for 90 s",
    "WATCHDOG=1",
    "WATCHDOG=1",
    "WATCHDOG=1",
    "WATCHDOG=1",
  ]);
  expect(said).toEqual(["upload of a.jpg has not got on for 90 s"]);
});

test("sends no sign of life that nobody asked for", async () => {
  expect((await watch({ NOTIFY_SOCKET: "/run/x" }, 3)).sent).toEqual([]);
  expect((await watch({}, 0)).sent).toEqual([]);
});

test.each([
  [{ WATCHDOG_USEC: "120000000", WATCHDOG_PID: "42" }, 120_000],
  [{ WATCHDOG_USEC: "120000000" }, 120_000],
  [{ WATCHDOG_USEC: "120000000", WATCHDOG_PID: "41" }, null],
  [{ WATCHDOG_USEC: "0" }, null],
  [{}, null],
])("takes %j as a watchdog of %s ms", (env, expected) => {
  expect(watchdogTimeoutMs(env, 42)).toBe(expected);
});
