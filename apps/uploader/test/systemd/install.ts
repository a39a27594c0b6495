// Installs or uninstalls the probe as `pilab-uploader install` does the agent; for systemd.integration.test.ts.
import { readFileSync } from "node:fs";
import { applyInstall, planInstall, planUninstall } from "../../src/systemd/index.ts";

const steps =
  process.argv[2] === "uninstall"
    ? planUninstall()
    : planInstall({
        program: [process.execPath, "/opt/pilab/apps/uploader/test/systemd/probe.ts"],
        runArgs: [
          "--bwlimit",
          "08:00,512k 19:00,off",
          "--series",
          "50% $HOME",
          "--free",
          "/srv/cam",
          "--folder",
          "/srv/closed",
        ],
        folders: ["/srv/closed"],
        freeFolders: ["/srv/cam"],
        credentials: readFileSync("/mnt/shared/device.json", "utf8"),
        capture: {
          captureArgs: ["--interval", "60", "--", "rpicam-still", "-o", "{file}"],
          network: false,
        },
      });
const changed = await applyInstall(steps, { print: (line) => process.stdout.write(`${line}\n`) });
process.stdout.write(`changed: ${changed}\n`);
