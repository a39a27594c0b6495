import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  AGENT_UNIT,
  CAPTURE_UNIT,
  MEMORY_ENVIRONMENT,
  renderAgentUnit,
  renderCaptureUnit,
} from "./render-units.ts";
import { execLine } from "./unit-file.ts";

// A program that is there, as systemd-analyze looks.
const program: [string, ...string[]] = [process.execPath, "/opt/pilab/main.ts"];

const AGENTS = {
  "the agent alone": renderAgentUnit({ program, user: "pilab", runArgs: [], folders: [], freeFolders: [] }),
  "the agent with folders that have spaces, one of them under /home, and a timetable": renderAgentUnit({
    program,
    user: "pi",
    runArgs: ["--bwlimit", "08:00,512k 19:00,off", "/srv/my cam", "/home/pi/cam"],
    folders: ["/srv/my cam", "/home/pi/cam"],
    freeFolders: ["/srv/my cam"],
  }),
};
const CAPTURES = {
  "the camera loop": renderCaptureUnit({
    program,
    user: "pilab",
    captureArgs: ["--interval", "60", "--supabase", "--", "rpicam-still", "-n", "-o", "{file}"],
    network: false,
  }),
  "the camera loop with a network camera": renderCaptureUnit({
    program,
    user: "pilab",
    captureArgs: ["--interval", "60", "--", "curl", "-o", "{file}", "http://cam/still?q=90%&t=$now;x"],
    network: true,
  }),
};
const UNITS = [
  ...Object.entries(AGENTS).map(([what, text]) => ({ what, text, name: AGENT_UNIT })),
  ...Object.entries(CAPTURES).map(([what, text]) => ({ what, text, name: CAPTURE_UNIT })),
];

const hasSystemd = spawnSync("systemd-analyze", ["--version"]).status === 0;

// Needs systemd-analyze: elsewhere the report says that it was skipped.
describe.skipIf(!hasSystemd)("systemd-analyze", () => {
  function analyze(name: string, text: string, ...args: string[]) {
    const folder = mkdtempSync(join(tmpdir(), "pilab-unit-"));
    try {
      writeFileSync(join(folder, name), text);
      return spawnSync("systemd-analyze", [...args, "--no-pager", join(folder, name)], { encoding: "utf8" });
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  test.each(UNITS)("finds nothing wrong with $what", ({ name, text }) => {
    const { status, stdout, stderr } = analyze(name, text, "verify", "--man=no");
    expect({ status, said: stdout + stderr }).toEqual({ status: 0, said: "" });
  });

  test.each(UNITS)("rates the exposure of $what at 2.0 or less", ({ name, text }) => {
    const { stdout, status } = analyze(name, text, "security", "--offline=true", "--threshold=20");
    const [, exposure] = /Overall exposure level for \S+: ([\d.]+)/.exec(stdout) ?? [];
    expect(Number(exposure)).toBeLessThanOrEqual(2);
    expect(status).toBe(0);
  });
});

test("leaves V8 its executable memory", () => {
  for (const { text } of UNITS) expect(text).not.toContain("MemoryDenyWriteExecute");
});

test("the agent may write only where copies may be freed, and sees /home only when it must", () => {
  const [alone, withFolders] = Object.values(AGENTS);
  expect(alone).not.toContain("ReadWritePaths");
  expect(alone).toContain("\nProtectHome=yes\n");
  expect(withFolders).toContain('\nReadWritePaths="-/srv/my cam"\n');
  expect(withFolders).toContain("\nProtectHome=read-only\n");
});

test("only a camera that is asked over the network may use it", () => {
  const [local, network] = Object.values(CAPTURES);
  expect(local).toContain("\nRestrictAddressFamilies=AF_UNIX AF_NETLINK\n");
  expect(network).toContain("AF_INET");
});

test("a command line keeps its words, whatever they hold", () => {
  expect(execLine("/bin/cam", ["a b", "$HOME", "50%", 'say "hi"', "back\\slash", "{file}", ";", ""])).toBe(
    '/bin/cam "a b" $$HOME 50%% "say \\"hi\\"" "back\\\\slash" {file} ";" ""',
  );
  expect(() => execLine("/bin/cam", ["a\nExecStartPre=/bin/evil"])).toThrow("line break");
});

test("each unit says how memory is taken, as the benches start the agent with it", () => {
  for (const { text } of UNITS)
    for (const [name, value] of Object.entries(MEMORY_ENVIRONMENT))
      expect(text).toContain(`\nEnvironment=${name}=${value}\n`);
});
