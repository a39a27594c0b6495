import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeJpeg, truncated } from "@pilab/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { writeCredentials } from "../src/credentials.ts";
import { until } from "./agent/lab.ts";
import { type RunningCommand, startUploader, uploader } from "./run-uploader.ts";

// Commands that need no server.

let home: string;
let loop: RunningCommand | undefined;
beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), "pilab-camera-"));
  const picture = await makeJpeg({ width: 64, height: 48 });
  writeFileSync(join(home, "good.jpg"), picture);
  writeFileSync(join(home, "half.jpg"), truncated(picture));
});
afterEach(async () => {
  loop?.kill("SIGKILL");
  await loop?.result;
  loop = undefined;
  rmSync(home, { recursive: true });
});

const state = () => ["--state-dir", home];
const pictures = (folder: string) => readdirSync(join(home, folder)).filter((name) => !name.startsWith("."));
const started = () => until(() => existsSync(join(home, "capture.json")));

/** Starts the loop, twice a second if `more` does not say otherwise; the camera is a line of shell whose $1 is its picture. */
function capture(script: string, ...more: string[]): void {
  loop = startUploader([
    ...["capture", "--interval", "0.5", ...state(), ...more],
    ...["--", "sh", "-c", `cd ${home}; ${script}`, "camera", "{file}"],
  ]);
}

async function status() {
  return JSON.parse((await uploader(["status", ...state(), "--json"])).stdout);
}

async function end() {
  loop?.kill("SIGTERM");
  return await loop?.result;
}

describe("capture", () => {
  test("without --supabase saves pictures from the first moment on, uploads none, and says so at start and in status", async () => {
    capture('cp good.jpg "$1"', "--extension", "jpeg", "--interval", "3600");
    await started();
    await until(() => pictures("captures").length === 1);
    const shown = await uploader(["status", ...state()]);
    expect(shown.stdout).toContain("its pictures are only saved here: it was started without --supabase");
    expect(await status()).toMatchObject({
      agent: null,
      journal: null,
      capture: { uploads: false, missed: 0 },
    });
    const ended = await end();
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    expect(ended?.stdout).toContain("Nothing is uploaded: that wants --supabase");
    for (const name of pictures("captures")) {
      expect(name).toMatch(/^\d{8}T\d{9}Z\.jpeg$/);
      expect(readFileSync(join(home, "captures", name))).toEqual(readFileSync(join(home, "good.jpg")));
    }
    expect(readdirSync(join(home, "captures")).filter((name) => name.startsWith("."))).toEqual([]);
  });

  test("survives a camera that fails or writes half a picture, tells it once, and that it is well again", async () => {
    const turn = "n=$(cat n 2>/dev/null || echo 0); echo $((n + 1)) > n";
    capture(
      `${turn}; case $n in 0) echo no camera found >&2; exit 5;; 1) cp half.jpg "$1";; *) cp good.jpg "$1";; esac`,
      "--supabase",
    );
    await started();
    await until(async () => (await status()).capture.taken >= 2);
    expect(await status()).toMatchObject({
      capture: { uploads: true, failed: 2, failedInRow: 0, lastError: null },
    });
    const ended = await end();
    expect(ended?.code).toBe(0);
    expect(ended?.stdout).toContain(`into ${join(home, "spool")}, for the agent to upload`);
    expect(ended?.stderr).toMatch(
      /^The picture failed: sh failed \(exit 5\): no camera found\nThe picture failed: .* is cut off.*\nPictures are taken again\.\n$/,
    );
    expect(pictures("spool").every((name) => statSync(join(home, "spool", name)).size > 0)).toBe(true);
  });

  test("is refused with the reason where it cannot work, before anything is taken", async () => {
    const refusals = await Promise.all([
      uploader(["capture", "--interval", "1", ...state(), "--", "rpicam-still", "-o", "x.jpg"]),
      uploader(["capture", "--interval", "0.1", ...state(), "--", "rpicam-still", "-o", "{file}"]),
      uploader(["capture", ...state(), "--", "rpicam-still", "-o", "{file}"]),
      uploader(["capture", "--interval", "1", ...state()]),
    ]);
    expect(refusals.map(({ code }) => code)).toEqual([2, 2, 2, 2]);
    expect(refusals.map(({ stderr }) => stderr)).toEqual([
      expect.stringContaining("it wants a command with {file} in it"),
      expect.stringContaining("It wants seconds from 0.5 to 604800."),
      expect.stringContaining("--interval"),
      expect.stringContaining("camera"),
    ]);
    expect(readdirSync(home).sort()).toEqual(["good.jpg", "half.jpg"]);
  });
});

describe("install", () => {
  test("--dry-run shows every file and command, and no password; nothing is written", async () => {
    const before = readdirSync("/etc");
    const credentials = join(home, "pi-1.json");
    const password = "hunter2-hunter2";
    const account = {
      url: "https://x.example",
      anonKey: "anon",
      bucket: "pilab-dev",
      email: "a@b.co",
      password,
    };
    await writeCredentials(credentials, account);
    const { code, stdout, stderr } = await uploader([
      ...[
        "install",
        "--dry-run",
        "--credentials",
        credentials,
        "--free",
        "/srv/camera",
        "--keep-local",
        "12h",
      ],
      ...["--capture", "60", "--", "rpicam-still", "-n", "-o", "{file}"],
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    for (const line of [
      /^would write \/etc\/systemd\/system\/pilab-uploader\.service$/m,
      /^would write \/etc\/systemd\/system\/pilab-capture\.service$/m,
      /^would write \/etc\/pilab-uploader\/device\.json$/m,
      /^ {2}ExecStart=\S+node .*main\.ts run --free \/srv\/camera --keep-local 12h$/m,
      /^ {2}ExecStart=.* capture --interval 60 --supabase -- rpicam-still -n -o \{file\}$/m,
      /^ {2}ReadWritePaths=.*\/srv\/camera$/m,
      /^would run systemctl enable pilab-uploader\.service pilab-capture\.service$/m,
    ]) {
      expect(stdout).toMatch(line);
    }
    expect(stdout + stderr).not.toContain(password);
    expect(readdirSync("/etc")).toEqual(before);
  });

  test("is refused with the option that is wrong, before anything is written", async () => {
    const refusals = await Promise.all([
      uploader(["install", "--dry-run", "/srv/camera"]),
      uploader(["install", "--dry-run", "--capture", "60"]),
      uploader(["install", "--dry-run", "--state-dir", home]),
      uploader(["install", "--dry-run", "--folder", "/tmp/camera"]),
      uploader(["install", "--dry-run", "--bwlimit", "fast"]),
      uploader(["install", "--dry-run", "--credentials", join(home, "none.json")]),
    ]);
    expect(refusals.map(({ code, stdout }) => ({ code, stdout }))).toEqual(
      refusals.map(() => ({ code: 2, stdout: "" })),
    );
    expect(refusals.map(({ stderr }) => stderr)).toEqual([
      expect.stringContaining("--folder /srv/camera"),
      expect.stringContaining("--capture"),
      expect.stringContaining("--state-dir"),
      expect.stringContaining("/tmp/camera"),
      expect.stringContaining('bandwidth limit "fast"'),
      expect.stringContaining("none.json"),
    ]);
  });
});

test("uninstall --dry-run names what it would remove and what it would leave", async () => {
  const { code, stdout } = await uploader(["uninstall", "--dry-run"]);
  expect(code).toBe(0);
  expect(stdout).toContain("would run systemctl disable --now pilab-uploader.service");
  expect(stdout).toContain("Left, for you to keep or remove: /var/lib/pilab-uploader, /etc/pilab-uploader");
});
