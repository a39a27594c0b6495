import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";

const repository = resolve(import.meta.dirname, "../../..");
const guide = readFileSync(join(repository, "docs/pi.md"), "utf8");
const LINES = Array.from(
  guide.matchAll(/^sudo (pilab-uploader install .*?)(?: +#.*)?$/gm),
  ([, line = ""]) => line,
);

let home: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "pilab-guide-"));
  for (const name of ["greenhouse-1", "greenhouse-2"]) {
    const account = { email: `${name}@devices.pilab.invalid`, password: "hunter2" };
    const text = JSON.stringify({ url: "https://x.supabase.co", anonKey: "k", ...account });
    writeFileSync(join(home, `${name}.json`), text, { mode: 0o600 });
  }
});
afterAll(() => rmSync(home, { recursive: true }));

test("the guide has an install line for each set-up, and one for a cloned card", () => {
  expect(LINES).toHaveLength(3);
});

test.each(LINES)("the guide's line works as printed: %s", async (line) => {
  const { stdout, stderr } = await promisify(execFile)(
    "/bin/bash",
    ["-c", line.replace("install", "install --dry-run")],
    { env: { HOME: home, PATH: `${join(repository, "bin")}:/usr/bin:/bin` } },
  );
  expect(stderr).toBe("");
  expect(stdout).toContain("would write /etc/pilab-uploader/device.json");
  expect(stdout).not.toContain("hunter2");
  expect(stdout).toMatch(
    /^ {2}ExecStart=\S+\/node_modules\/\.bin\/node \S+ \S+ \S+\/(?:main\.js|main\.ts) run/m,
  );
  expect(stdout.includes("/etc/systemd/system/pilab-capture.service")).toBe(line.includes("--capture"));
  expect(stdout.includes("/var/lib/pilab-uploader/new-target")).toBe(line.includes("--new-target"));
});
