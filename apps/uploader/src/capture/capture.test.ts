import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeJpeg, truncated } from "@pilab/testing";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { takeClockStamp } from "../clock/index.ts";
import { pullCaptureBrake, releaseCaptureBrake } from "../space/index.ts";
import { type CaptureEvent, type CaptureLoopOptions, runCaptureLoop } from "./capture-loop.ts";
import { type CaptureState, readCaptureState, writeCaptureState } from "./capture-state.ts";
import { recoverPictures } from "./hidden-folder.ts";
import { publishPictures } from "./publish.ts";
import { checkCommand, runCamera } from "./run-camera.ts";
import { nextShot } from "./shot-schedule.ts";

const canMount = process.platform === "linux" && process.getuid?.() === 0;

let home: string;
let spool: string;
let jpeg: Buffer;
beforeAll(async () => {
  jpeg = await makeJpeg({ width: 64, height: 48 });
});
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "pilab-capture-"));
  spool = join(home, "spool");
  mkdirSync(spool);
  writeFileSync(join(home, "good.jpg"), jpeg);
  writeFileSync(join(home, "half.jpg"), truncated(jpeg));
});
afterEach(() => rmSync(home, { recursive: true }));

const visible = () => readdirSync(spool).filter((name) => !name.startsWith("."));
const hiddenFiles = () =>
  readdirSync(spool)
    .filter((name) => name.startsWith("."))
    .flatMap((name) => readdirSync(join(spool, name)));
/** A camera that is a line of shell; $1 is its picture. */
const shell = (script: string) => ["/bin/sh", "-c", `cd "${home}"; ${script}`, "camera", "{file}"];

describe("nextShot", () => {
  test("takes the first at once and keeps to the grid, however long a picture takes", () => {
    expect(nextShot(1000, 60, null, 1000)).toEqual({ atMs: 1000, missed: 0 });
    expect(nextShot(1000, 60, null, 1000.2)).toEqual({ atMs: 1000, missed: 0 });
    expect(nextShot(1000, 60, 1000, 1059)).toEqual({ atMs: 1060, missed: 0 });
    expect(nextShot(1000, 60, 1060, 1061)).toEqual({ atMs: 1120, missed: 0 });
  });

  test("counts what was missed and makes up for none of it", () => {
    expect(nextShot(1000, 60, 1000, 1061)).toEqual({ atMs: 1120, missed: 1 });
    expect(nextShot(1000, 60, 1000, 1300)).toEqual({ atMs: 1300, missed: 4 });
  });

  test("does not drift in a hundred thousand pictures", () => {
    let last: number | null = null;
    for (let count = 0; count < 100_000; count += 1) last = nextShot(0, 333.3, last, last ?? 0).atMs;
    expect(last).toBeCloseTo(99_999 * 333.3, 3);
  });
});

describe("runCamera", () => {
  const options = { timeoutMs: 60_000 };

  test("puts the picture's path for each {file} and tells a failure in the program's own words", async () => {
    const file = join(home, "a b.jpg");
    await runCamera([...shell('cp good.jpg "$1"; test "$2" = "--copy=$1"'), "--copy={file}"], file, options);
    expect(existsSync(file)).toBe(true);
    await expect(
      runCamera(shell('echo "no cameras available" >&2; exit 255'), file, options),
    ).rejects.toThrow("/bin/sh failed (exit 255): no cameras available");
  });

  test("says when the program is not there", async () => {
    await expect(runCamera(["rpicam-stilll", "{file}"], "x", options)).rejects.toThrow("is not installed");
  });

  test("ends a camera that hangs, with everything it started", async () => {
    const pidFile = join(home, "pid");
    const hanging = runCamera(shell(`sleep 1000 & echo $! > "${pidFile}"; wait`), "x", { timeoutMs: 300 });
    await expect(hanging).rejects.toMatchObject({ code: "timeout" });
    const pid = Number(readFileSync(pidFile, "utf8"));
    // The group was killed; a zombie may stay for whoever reaps it.
    await expect
      .poll(() => {
        try {
          return readFileSync(`/proc/${pid}/stat`, "utf8").split(" ")[2] === "Z";
        } catch {
          return true;
        }
      })
      .toBe(true);
  });

  test("after an abort lets the picture under way be finished", async () => {
    const stop = new AbortController();
    const file = join(home, "out.jpg");
    const running = runCamera(shell('sleep 0.3; cp good.jpg "$1"'), file, {
      ...options,
      signal: stop.signal,
    });
    stop.abort();
    await running;
    expect(existsSync(file)).toBe(true);
    const slow = runCamera(shell("sleep 1000"), file, { ...options, graceMs: 50, signal: stop.signal });
    await expect(slow).rejects.toMatchObject({ code: "timeout" });
  });

  test("refuses a command that never names its picture", () => {
    expect(() => checkCommand(["rpicam-still", "-o", "x.jpg"])).toThrow("{file}");
    expect(() => checkCommand([])).toThrow("no command");
    checkCommand(["ffmpeg", "-o{file}"]);
  });
});

describe("publishPictures", () => {
  let hidden: string;
  beforeEach(() => {
    hidden = join(spool, ".capturing-x");
    mkdirSync(hidden);
  });

  test("brings whole pictures and their sidecars into the spool, and nothing that is half", async () => {
    writeFileSync(join(hidden, "a.jpg"), jpeg);
    writeFileSync(join(hidden, "a.jpg.json"), "{}");
    writeFileSync(join(hidden, "a.json"), "{}");
    writeFileSync(join(hidden, "b.jpg"), truncated(jpeg));
    writeFileSync(join(hidden, "b.json"), "{}");
    writeFileSync(join(hidden, "c.jpg"), "");
    const { paths, refused } = await publishPictures(hidden, spool);
    expect(paths).toEqual([join(spool, "a.jpg")]);
    expect(refused.map(({ name }) => name)).toEqual(["b.jpg", "c.jpg"]);
    expect(visible().sort()).toEqual(["a.jpg", "a.jpg.json", "a.json"]);
    expect(readFileSync(join(spool, "a.jpg"))).toEqual(jpeg);
    expect(readdirSync(hidden)).toEqual([]);
  });

  test("never replaces a picture that has the name already", async () => {
    writeFileSync(join(spool, "a.jpg"), "the first");
    writeFileSync(join(hidden, "a.jpg"), jpeg);
    const { refused, kept } = await publishPictures(hidden, spool);
    expect(refused).toEqual([]);
    expect(kept[0]?.error).toMatchObject({ code: "EEXIST" });
    expect(readFileSync(join(spool, "a.jpg"), "utf8")).toBe("the first");
    expect(readFileSync(join(hidden, "a.jpg"))).toEqual(jpeg);
  });

  test("ends what a crash interrupted: a picture that has its name already leaves the hidden folder", async () => {
    for (const folder of [hidden, spool]) writeFileSync(join(folder, "a.jpg"), jpeg);
    expect(await publishPictures(hidden, spool)).toEqual({
      paths: [join(spool, "a.jpg")],
      refused: [],
      kept: [],
    });
    expect(readdirSync(hidden)).toEqual([]);
  });

  test("keeps a whole picture and its sidecar that cannot be moved, and moves them by the next call", async () => {
    writeFileSync(join(hidden, "a.jpg"), jpeg);
    writeFileSync(join(hidden, "a.json"), "{}");
    writeFileSync(join(hidden, "b.jpg"), truncated(jpeg));
    mkdirSync(join(hidden, "c"));
    const away = join(spool, "away");
    const first = await publishPictures(hidden, away);
    expect(first.kept).toMatchObject([{ name: "a.jpg" }]);
    expect(first.refused).toMatchObject([{ name: "b.jpg" }, { name: "c" }]);
    expect(readdirSync(hidden).sort()).toEqual(["a.jpg", "a.json"]);
    mkdirSync(away);
    expect(await publishPictures(hidden, away)).toMatchObject({ paths: [join(away, "a.jpg")], kept: [] });
    expect(readdirSync(away).sort()).toEqual(["a.jpg", "a.json"]);
    expect(readdirSync(hidden)).toEqual([]);
  });

  test.skipIf(!canMount)(
    "keeps what a power cut left, too, while the disk has no room for a name",
    async () => {
      execFileSync("mount", ["-t", "tmpfs", "-o", "nr_inodes=20", "tmpfs", spool]);
      try {
        const left = join(spool, ".capturing-1-otherboot");
        mkdirSync(left);
        writeFileSync(join(left, "a.jpg"), jpeg);
        let names = 0;
        const fill = () => {
          for (; ; names += 1) writeFileSync(join(spool, `${names}.txt`), "");
        };
        expect(fill).toThrow("ENOSPC");
        expect(await recoverPictures(spool, "none")).toEqual([]);
        expect(readdirSync(left)).toEqual(["a.jpg"]);
        rmSync(join(spool, "0.txt"));
        expect(await recoverPictures(spool, "none")).toEqual([join(spool, "a.jpg")]);
        expect(existsSync(left)).toBe(false);
      } finally {
        execFileSync("umount", [spool]);
      }
    },
  );
});

describe("runCaptureLoop", () => {
  /** Runs the loop on a clock that only its own sleep moves, for so many points of the schedule. */
  async function run(command: readonly string[], points: number, more: Partial<CaptureLoopOptions> = {}) {
    const time = { ms: 0 };
    const stop = new AbortController();
    const events: CaptureEvent[] = [];
    const sleeps: number[] = [];
    const state = await runCaptureLoop({
      command,
      intervalMs: 60_000,
      timeoutMs: 10_000,
      folder: spool,
      uploads: false,
      signal: stop.signal,
      now: () => Date.UTC(2026, 10, 24, 9, 13, 50, 123) + time.ms,
      monotonic: () => time.ms,
      sleep: async (ms) => {
        sleeps.push(ms);
        if (sleeps.length > points) stop.abort();
        time.ms += ms;
      },
      onState: (_, event) => events.push(event),
      ...more,
    });
    return { state, sleeps, kinds: events.map(({ kind }) => kind), events };
  }

  test("takes a picture at each point of the schedule, named by the instant", async () => {
    const { state, sleeps, kinds } = await run(shell('cp good.jpg "$1"'), 3);
    expect(visible().sort()).toEqual([
      "20261124T091350123Z.jpg",
      "20261124T091450123Z.jpg",
      "20261124T091550123Z.jpg",
    ]);
    expect(sleeps).toEqual([0, 60_000, 60_000, 60_000]);
    expect(kinds).toEqual(["started", "taken", "taken", "taken", "stopped"]);
    expect(state).toMatchObject({ taken: 3, failed: 0, lastTakenAt: "2026-11-24T09:15:50.123Z" });
  });

  test("a camera that fails takes no picture with it that waits for room", async () => {
    const waiting = join(
      spool,
      `.capturing-${process.pid}-${takeClockStamp().bootId?.slice(0, 8) ?? "unknown"}`,
    );
    mkdirSync(waiting);
    writeFileSync(join(waiting, "a.jpg"), jpeg);
    writeFileSync(join(spool, "a.jpg"), "another");
    const { kinds } = await run(shell('cp half.jpg "$1"; exit 1'), 1);
    expect(kinds).toEqual(["started", "failed", "stopped"]);
    expect(hiddenFiles()).toEqual(["a.jpg"]);
  });

  test("survives a camera that fails, hangs, writes half a picture or none, and counts it", async () => {
    const script =
      'n=$(cat n 2>/dev/null || echo 0); echo $((n + 1)) > n; case $n in 0) exit 1;; 1) cp half.jpg "$1";; 2) :;; 3) sleep 1000;; *) cp good.jpg "$1";; esac';
    const { state, kinds, events } = await run(shell(script), 5, { timeoutMs: 1000 });
    expect(kinds).toEqual(["started", "failed", "failed", "failed", "failed", "taken", "stopped"]);
    expect(events[2]).toMatchObject({ error: { code: "file_truncated" } });
    expect(events[3]).toMatchObject({ error: { code: "file_unreadable" } });
    expect(events[4]).toMatchObject({ error: { code: "timeout" } });
    expect(state).toMatchObject({ taken: 1, failed: 4, failedInRow: 0, lastError: null });
    expect(visible()).toHaveLength(1);
    expect(hiddenFiles()).toEqual([]);
  });

  test("passes over points while the agent's brake is on or the disk is nearly full", async () => {
    const brakePath = join(home, "brake");
    await pullCaptureBrake(brakePath, "The disk is 91 % full");
    const braked = await run(shell('cp good.jpg "$1"'), 4, { brakePath });
    expect(braked.kinds).toEqual(["started", "held", "held", "held", "held", "stopped"]);
    expect(braked.state).toMatchObject({ taken: 0, held: 4, heldBecause: "The disk is 91 % full" });
    let point = 0;
    await releaseCaptureBrake(brakePath);
    const second = await run(shell('cp good.jpg "$1"'), 3, {
      brakePath,
      readDisk: async () => {
        point += 1;
        const availableBytes = point === 2 ? 1000 : 1e9;
        return { totalBytes: 1e10, availableBytes, usedBytes: 0, totalInodes: 0, usedInodes: 0 };
      },
    });
    expect(second.kinds).toEqual(["started", "taken", "held", "taken", "stopped"]);
  });

  test("publishes what a power cut left whole, drops what is half, and leaves a loop beside it alone", async () => {
    const put = (folder: string, name: string, bytes: Buffer) => {
      mkdirSync(join(spool, folder), { recursive: true });
      writeFileSync(join(spool, folder, name), bytes);
    };
    const boot = takeClockStamp().bootId?.slice(0, 8) ?? "unknown";
    put(".capturing-1-otherboot", "20261123T000000000Z.jpg", jpeg);
    put(`.capturing-999999999-${boot}`, "20261123T000100000Z.jpg", jpeg);
    put(`.capturing-999999999-${boot}`, "20261123T000200000Z.jpg", truncated(jpeg));
    put(`.capturing-${process.ppid}-${boot}`, "20261123T000300000Z.jpg", jpeg);
    const { events } = await run(shell("exit 1"), 1);
    expect(events[0]).toMatchObject({ kind: "started" });
    expect(visible().sort()).toEqual(["20261123T000000000Z.jpg", "20261123T000100000Z.jpg"]);
    expect(hiddenFiles()).toEqual(["20261123T000300000Z.jpg"]);
  });

  test("cannot begin without {file}, or where the folder cannot be made", async () => {
    await expect(run(["rpicam-still"], 1)).rejects.toMatchObject({ code: "invalid_input" });
    writeFileSync(join(home, "file"), "");
    await expect(run(shell("exit"), 1, { folder: join(home, "file", "spool") })).rejects.toThrow("ENOTDIR");
  });
});

test("the state of a loop is read as it was written; none is null", async () => {
  const path = join(home, "capture.json");
  expect(await readCaptureState(path)).toBeNull();
  const state: CaptureState = {
    pid: 1,
    uploads: false,
    folder: spool,
    intervalMs: 60_000,
    taken: 3,
    failed: 1,
    failedInRow: 0,
    missed: 0,
    held: 0,
    heldBecause: null,
    lastTakenAt: null,
    lastError: "x",
  };
  await writeCaptureState(path, state);
  expect(await readCaptureState(path)).toEqual(state);
});
