import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/**
 * The path of a Chromium for the browser tests: CHROMIUM_PATH, else one on PATH, else Debian's, installed
 * by apt when we may.
 *
 * @throws Error that names the one command to run when there is no browser and none may be installed.
 */
export function findOrInstallBrowser(env: NodeJS.ProcessEnv = process.env): string {
  const named = env.CHROMIUM_PATH;
  if (named) {
    if (isExecutable(named)) return named;
    throw new Error(`CHROMIUM_PATH is ${named}, which is not an executable file. Correct it or unset it.`);
  }
  const found = onPath(env);
  if (found) return found;
  if (process.getuid?.() === 0 && onPath(env, ["apt-get"])) {
    process.stdout.write("No Chromium found: installing Debian's (about a minute) …\n");
    const quiet = { stdio: ["ignore", "ignore", "inherit"] as ("ignore" | "inherit")[] };
    spawnSync("apt-get", ["update", "-q"], quiet);
    spawnSync("apt-get", ["install", "-y", "-q", "--no-install-recommends", "chromium"], {
      ...quiet,
      env: { ...env, DEBIAN_FRONTEND: "noninteractive" },
    });
    const installed = onPath(env);
    if (installed) return installed;
  }
  throw new Error(
    "The browser tests need Chromium and none was found. Run: sudo apt-get install -y chromium\n" +
      "(or set CHROMIUM_PATH to a Chrome or Chromium that is already here)",
  );
}

function onPath(env: NodeJS.ProcessEnv, names = NAMES): string | undefined {
  const folders = (env.PATH ?? "").split(delimiter).filter(Boolean);
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
