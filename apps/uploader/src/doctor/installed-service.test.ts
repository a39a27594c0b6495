import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { AGENT_UNIT, renderAgentUnit } from "../systemd/index.ts";
import { readInstalledService } from "./installed-service.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "pilab-installed-"));
});
afterEach(() => rmSync(root, { recursive: true }));

function put(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

test("reads back what install wrote, whatever stands in a path, and the settings beside it", async () => {
  const folder = '/srv/my "cam" 50% $HOME \\ x';
  put(
    `etc/systemd/system/${AGENT_UNIT}`,
    renderAgentUnit({
      program: ["/opt/pilab/node", "--max-semi-space-size=1", "/opt/pilab/main.js"],
      user: "camera",
      runArgs: [
        "--folder",
        folder,
        "--folder",
        "/srv/b",
        "--bwlimit",
        "08:00,512k 19:00,off",
        "--no-pictures",
      ],
      folders: [folder, "/srv/b"],
      freeFolders: [],
    }),
  );
  put("etc/pilab-uploader/environment", '# ours\nLOG_LEVEL=debug\n\nSTORAGE_BUCKET="lab one"\nX=a#b=c \n');
  expect(await readInstalledService(root)).toEqual({
    user: "camera",
    flags: { folder: [folder, "/srv/b"], bwlimit: "08:00,512k 19:00,off", pictures: false },
    source: {
      STATE_DIRECTORY: "/var/lib/pilab-uploader",
      PILAB_CREDENTIALS_FILE: join(root, "etc/pilab-uploader/device.json"),
      LOG_LEVEL: "debug",
      STORAGE_BUCKET: "lab one",
      X: "a#b=c",
    },
  });
});

test("knows that none is installed", async () => {
  expect(await readInstalledService(root)).toBeNull();
});
