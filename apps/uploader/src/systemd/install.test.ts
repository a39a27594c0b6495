import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { applyInstall } from "./apply-install.ts";
import { type InstallSettings, planInstall, planUninstall } from "./plan-install.ts";

let root: string;
let ran: string[];
let printed: string[];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "pilab-install-"));
  ran = [];
  printed = [];
});
afterEach(() => rmSync(root, { recursive: true }));

const settings: InstallSettings = {
  program: ["/usr/bin/node", "/opt/pilab/main.ts"],
  runArgs: ["/srv/cam"],
  folders: ["/srv/cam"],
  freeFolders: [],
  credentials: '{"password":"hunter2"}',
  capture: { captureArgs: ["--interval", "60", "--", "rpicam-still", "-o", "{file}"], network: false },
};

const apply = (steps: ReturnType<typeof planInstall>, dryRun = false) =>
  applyInstall(steps, {
    root,
    dryRun,
    print: (line) => printed.push(line),
    run: async (program, args) => {
      ran.push([program, ...args].join(" "));
    },
  });

test("installs account, credentials and both units, then starts them", async () => {
  expect(await apply(planInstall(settings))).toBe(true);
  expect(ran).toEqual([
    "systemd-sysusers /etc/sysusers.d/pilab-uploader.conf",
    "systemctl daemon-reload",
    "systemctl enable pilab-uploader.service pilab-capture.service",
    "systemctl restart pilab-uploader.service pilab-capture.service",
    "systemctl start pilab-uploader.service pilab-capture.service",
  ]);
  const credentials = join(root, "etc/pilab-uploader/device.json");
  expect(readFileSync(credentials, "utf8")).toBe(settings.credentials);
  expect(statSync(credentials).mode & 0o777).toBe(0o600);
  const unit = (name: string) => readFileSync(join(root, "etc/systemd/system", name), "utf8");
  expect(unit("pilab-uploader.service")).toContain(
    "\nExecStart=/usr/bin/node /opt/pilab/main.ts run /srv/cam\n",
  );
  expect(unit("pilab-capture.service")).toContain("capture --interval 60 -- rpicam-still -o {file}\n");
});

test("with a new target leaves a mark for the next start, and starts the agent again", async () => {
  await apply(planInstall(settings));
  ran = [];
  expect(await apply(planInstall({ ...settings, newTarget: true }))).toBe(true);
  expect(existsSync(join(root, "var/lib/pilab-uploader/new-target"))).toBe(true);
  expect(ran).toContain("systemctl restart pilab-uploader.service pilab-capture.service");
});

test("installed again it changes and restarts nothing", async () => {
  await apply(planInstall(settings));
  ran = [];
  expect(await apply(planInstall(settings))).toBe(false);
  expect(ran.filter((line) => !/ (?:enable|start) /.test(line))).toEqual([]);
});

test("without credentials and camera it leaves those that are there", async () => {
  await apply(planInstall(settings));
  await apply(planInstall({ ...settings, credentials: undefined, capture: undefined, runArgs: [] }));
  expect(readFileSync(join(root, "etc/pilab-uploader/device.json"), "utf8")).toBe(settings.credentials);
  expect(ran.at(-1)).toBe("systemctl start pilab-uploader.service");
  expect(statSync(join(root, "etc/systemd/system/pilab-capture.service")).isFile()).toBe(true);
});

test("an account that is named is not made", async () => {
  await apply(planInstall({ ...settings, user: "pi" }));
  expect(ran.join()).not.toContain("sysusers");
});

test("a dry run writes and runs nothing, shows every unit and no password", async () => {
  await apply(planInstall(settings), true);
  expect(ran).toEqual([]);
  expect(() => statSync(join(root, "etc"))).toThrow("ENOENT");
  const text = printed.join("\n");
  expect(text).toContain("would write /etc/systemd/system/pilab-capture.service");
  expect(text).toContain("ExecStart=/usr/bin/node /opt/pilab/main.ts run /srv/cam");
  expect(text).toContain("would run systemctl daemon-reload, if a file changed");
  expect(text).not.toContain("hunter2");
});

test("uninstall removes the units and nothing else, on a machine without them too", async () => {
  await apply(planInstall(settings));
  expect(await apply(planUninstall())).toBe(true);
  expect(() => statSync(join(root, "etc/systemd/system/pilab-uploader.service"))).toThrow("ENOENT");
  expect(statSync(join(root, "etc/pilab-uploader/device.json")).isFile()).toBe(true);
  const broken = applyInstall(planUninstall(), {
    root,
    print: () => {},
    run: () => Promise.reject(new Error("Unit file does not exist")),
  });
  expect(await broken).toBe(false);
});

test("stops at a program that fails", async () => {
  const failing = applyInstall(planInstall(settings), {
    root,
    print: () => {},
    run: () => Promise.reject(new Error("sysusers failed")),
  });
  await expect(failing).rejects.toThrow("sysusers failed");
  expect(() => statSync(join(root, "etc/systemd"))).toThrow("ENOENT");
});

test("replaces what stood there before", async () => {
  await apply(planInstall(settings));
  const path = join(root, "etc/pilab-uploader/device.json");
  writeFileSync(path, "old");
  await apply(planInstall(settings));
  expect(readFileSync(path, "utf8")).toBe(settings.credentials);
});

test.each(["captures", "/tmp/cam", "/var/tmp/cam"])("refuses to watch %s", (folder) => {
  expect(() => planInstall({ ...settings, folders: [folder] })).toThrow(folder);
});
