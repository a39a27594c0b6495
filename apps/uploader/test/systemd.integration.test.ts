import { execFile, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { startTestSupabase, type TestSupabase } from "@pilab/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AGENT_UNIT, CAPTURE_UNIT, renderAgentUnit } from "../src/systemd/index.ts";
import { makeDevice } from "./run-uploader.ts";

const repository = resolve(import.meta.dirname, "../../..");
const HANGING_UNIT = "pilab-hanging.service";

/** Root, the tools, and the control groups that boot.sh knows: Debian 12 in a virtual machine or a privileged container. */
const canBoot =
  process.platform === "linux" &&
  process.getuid?.() === 0 &&
  existsSync("/lib/systemd/systemd") &&
  existsSync("/sys/fs/cgroup/systemd") &&
  existsSync("/sys/fs/cgroup/unified") &&
  spawnSync("unshare", ["--mount", "--pid", "--fork", "--cgroup", "true"]).status === 0;

/** The agent's own unit under another name, with a program that hangs. */
const hanging = renderAgentUnit({
  program: ["/opt/pilab/node_modules/.bin/node", "/opt/pilab/apps/uploader/test/systemd/probe.ts"],
  user: "pilab",
  runArgs: [],
  folders: [],
  freeFolders: [],
});

const INSTALL = "/opt/pilab/node_modules/.bin/node /opt/pilab/apps/uploader/test/systemd/install.ts";
/** As `pilab-uploader doctor` on a Pi, where sudo leaves nothing of the caller's environment. */
const DOCTOR =
  "env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin /opt/pilab/node_modules/.bin/node /opt/pilab/apps/uploader/src/main.ts doctor";
const DRIVER = `
mkdir -p /srv/cam /srv/other /srv/closed
chmod 777 /srv/cam /srv/other
chmod 700 /srv/closed
touch /srv/cam/a.jpg /srv/other/a.jpg
mkdir -p /etc/pilab-uploader
echo 'STORAGE_BUCKET=pilab-dev' > /etc/pilab-uploader/environment
${INSTALL} install > /mnt/shared/install-1
systemctl show ${AGENT_UNIT} ${CAPTURE_UNIT} -p Id -p ActiveState -p UnitFileState -p StatusText > /mnt/shared/started
${INSTALL} install > /mnt/shared/install-2
${DOCTOR} > /mnt/shared/doctor-1; echo "exit $?" >> /mnt/shared/doctor-1
chmod 755 /srv/closed
${DOCTOR} > /mnt/shared/doctor-2; echo "exit $?" >> /mnt/shared/doctor-2
setpriv --reuid=nobody --clear-groups ${DOCTOR} > /mnt/shared/doctor-3; echo "exit $?" >> /mnt/shared/doctor-3
find /var/lib/pilab-uploader -user root > /mnt/shared/state-of-root
systemctl start ${HANGING_UNIT}
await() {
  for _ in $(seq 200); do
    systemctl show ${HANGING_UNIT} -p NRestarts -p Result > "$2"
    grep -q "$1" "$2" && return
    sleep 0.1
  done
}
await Result=watchdog /mnt/shared/hung
await NRestarts=1 /mnt/shared/restarted
systemctl stop ${HANGING_UNIT}
${INSTALL} uninstall > /mnt/shared/uninstall
systemctl list-unit-files 'pilab-*' --no-legend --no-pager > /mnt/shared/left
ls /var/lib/pilab-uploader /etc/pilab-uploader >> /mnt/shared/left
`;

// Needs root and systemd: elsewhere the report says that it was skipped.
describe.skipIf(!canBoot)("under a real systemd", () => {
  let shared: string;
  let server: TestSupabase;
  /** The device's credentials file. */
  let device: string;
  const read = (name: string) => readFileSync(join(shared, name), "utf8");
  const blocks = (name: string) =>
    read(name)
      .trim()
      .split("\n\n")
      .map((block) => Object.fromEntries(block.split("\n").map((line) => line.split(/=(.*)/, 2))));

  beforeAll(async () => {
    server = await startTestSupabase();
    const { url, anonKey } = server;
    const { PILAB_EMAIL: email, PILAB_PASSWORD: password } = await makeDevice(server, "pi-1");
    device = `${JSON.stringify({ url, anonKey, bucket: "pilab-dev", email, password })}\n`;
    shared = mkdtempSync(join(tmpdir(), "pilab-systemd-"));
    const put = (path: string, text: string) => {
      mkdirSync(join(shared, path, ".."), { recursive: true });
      writeFileSync(join(shared, path), text);
    };
    put(`units/${HANGING_UNIT}`, hanging);
    for (const unit of [AGENT_UNIT, CAPTURE_UNIT, HANGING_UNIT]) {
      const out = `append:/mnt/shared/${unit}.out`;
      put(
        `units/${unit}.d/test.conf`,
        `[Unit]\nDefaultDependencies=no\n[Service]\nStandardOutput=${out}\nStandardError=${out}\n`,
      );
    }
    put(
      `units/${HANGING_UNIT}.d/hang.conf`,
      "[Service]\nEnvironment=PROBE_HANGS=1\nWatchdogSec=3\nRestartSec=1\n",
    );
    put("units/pilab-test.target", "[Unit]\nWants=pilab-driver.service\nDefaultDependencies=no\n");
    put(
      "units/pilab-driver.service",
      "[Unit]\nDefaultDependencies=no\n[Service]\nType=oneshot\nExecStart=/bin/bash /mnt/shared/driver.sh\nStandardError=append:/mnt/shared/driver.err\nExecStopPost=/bin/systemctl --no-block exit\n",
    );
    put("driver.sh", DRIVER);
    put("device.json", device);
    // Not in step with it: the server that the doctor asks is in this process.
    await promisify(execFile)(join(import.meta.dirname, "systemd/boot.sh"), [shared, repository], {
      timeout: 100_000,
      killSignal: "SIGKILL",
    });
  }, 110_000);

  afterAll(async () => {
    await server?.stop();
    rmSync(shared, { recursive: true });
  });

  test("the doctor looks at the service in its place: its credentials, options and settings, as its user", () => {
    const [closed, well] = [read("doctor-1"), read("doctor-2")];
    expect(closed).toContain("fail permissions: /srv/closed cannot be read\n");
    expect(closed).toMatch(/\n1 to mend\.\nexit 1\n$/);
    expect(well).toMatch(/^ok {3}configuration: .*, bucket pilab-dev, as pi-1@/);
    for (const text of [
      "service: looked at as its user pilab",
      "permissions: /var/lib/pilab-uploader can be written",
      "permissions: /srv/cam can be written",
      "permissions: /srv/closed can be read",
      "right to write: into the bucket pilab-dev",
    ]) {
      expect(well).toContain(`ok   ${text}\n`);
    }
    expect(well).toMatch(/\nNothing stands in the way\.\nexit 0\n$/);
    expect(read("state-of-root")).toBe("");
  });

  test("the doctor tells who is not root to run it with sudo", () => {
    expect(read("doctor-3")).toMatch(
      /^fail service: .*\n.*sudo pilab-uploader doctor.*\n1 to mend\.\nexit 1\n$/,
    );
  });

  test("install makes the account and starts both units, which say that they are ready; again it does nothing", () => {
    expect(read("install-1")).toContain("ran systemd-sysusers /etc/sysusers.d/pilab-uploader.conf\n");
    expect(blocks("started")).toEqual(
      [AGENT_UNIT, CAPTURE_UNIT].map((Id) => ({
        Id,
        ActiveState: "active",
        UnitFileState: "enabled",
        StatusText: "watching, 0 queued",
      })),
    );
    expect(read("install-2")).toBe(
      `ran systemctl enable ${AGENT_UNIT} ${CAPTURE_UNIT}\nran systemctl start ${AGENT_UNIT} ${CAPTURE_UNIT}\nchanged: false\n`,
    );
  });

  test("uninstall ends both in order, once, and leaves journal and credentials", () => {
    for (const unit of [AGENT_UNIT, CAPTURE_UNIT]) {
      expect(read(`${unit}.out`).trim().split("\n").slice(1)).toEqual(["ready: true", "ended in order"]);
    }
    const left = read("left");
    expect(left).not.toContain(AGENT_UNIT);
    expect(left).not.toContain(CAPTURE_UNIT);
    expect(left).toContain("device.json");
    expect(left).toContain("journal.db");
  });

  test("hardening leaves the agent all that it needs, and nothing else", () => {
    const found = JSON.parse(read(`${AGENT_UNIT}.out`).split("\n")[0] ?? "");
    expect(found).toMatchObject({
      args: [
        "run",
        "--bwlimit",
        "08:00,512k 19:00,off",
        "--series",
        "50% $HOME",
        "--free",
        "/srv/cam",
        "--folder",
        "/srv/closed",
      ],
      credentials: device,
      freesCam: "done",
      freesOther: "EROFS",
      reserve: true,
      spool: "done",
      disk: true,
      boot: true,
      writes: true,
      writesEtc: "EROFS",
      readsSecret: "EACCES",
    });
    expect(found.user).toBeGreaterThan(0);
    expect(found.pictureBytes).toBeGreaterThan(0);
    expect(found.localhost).toMatch(/^(?:127\.0\.0\.1|::1)$/);
  });

  test("the camera loop's unit holds no credentials", () => {
    expect(JSON.parse(read(`${CAPTURE_UNIT}.out`).split("\n")[0] ?? "")).toMatchObject({
      args: ["capture", "--interval", "60", "--", "rpicam-still", "-o", "{file}"],
      credentials: null,
      spool: "done",
      readsSecret: "EACCES",
    });
  });

  test("a hang is ended and restarted", () => {
    expect(blocks("hung")).toEqual([{ NRestarts: "0", Result: "watchdog" }]);
    expect(blocks("restarted")).toMatchObject([{ NRestarts: "1" }]);
    expect(read(`${HANGING_UNIT}.out`)).not.toContain("ended in order");
  });
});
