import { isAbsolute } from "node:path";
import { PilabError } from "@pilab/schema";
import { NEW_TARGET_MARK } from "../agent/new-target-mark.ts";
import {
  AGENT_UNIT,
  CAPTURE_UNIT,
  type CaptureUnitSettings,
  CREDENTIALS_PATH,
  renderAgentUnit,
  renderCaptureUnit,
  STATE_NAME,
  UNIT_FOLDER,
  type UnitSettings,
} from "./render-units.ts";

/** One step of an installation. Every step may be done again and changes nothing then. */
export type InstallStep =
  | { kind: "folder"; path: string; mode: number }
  /** `secret`: its text is never printed. */
  | { kind: "file"; path: string; text: string; mode: number; secret?: boolean }
  | { kind: "remove"; path: string }
  /** `ifChanged`: only when a step before it changed something. `mayFail`: there may be nothing to do. */
  | { kind: "run"; program: string; args: readonly string[]; ifChanged?: boolean; mayFail?: boolean };

/** What `install` is asked for. */
export interface InstallSettings extends Omit<UnitSettings, "user"> {
  /** An account that exists; default: `pilab`, made for it. */
  user?: string | undefined;
  /** The device's credentials, a JSON text; default: those that lie there from before are kept. */
  credentials?: string | undefined;
  /** The next start may bind the journal to another target. */
  newTarget?: boolean | undefined;
  /** The camera loop beside the agent; default: left as it is. */
  capture?: Pick<CaptureUnitSettings, "captureArgs" | "network"> | undefined;
}

const SERVICE_USER = "pilab";
const SYSUSERS_PATH = `/etc/sysusers.d/${STATE_NAME}.conf`;

const NEW_TARGET_PATH = `/var/lib/${STATE_NAME}/${NEW_TARGET_MARK}`;
const NEW_TARGET_TEXT =
  "Lets the next start accept another server, bucket or device, which removes this file.\n";

/** What `install` has to do, as data: the dry run prints it, the real one does it. */
export function planInstall(settings: InstallSettings): InstallStep[] {
  const { credentials, capture } = settings;
  checkPaths([...settings.folders, ...settings.freeFolders]);
  const user = settings.user ?? SERVICE_USER;
  const units = [AGENT_UNIT, ...(capture === undefined ? [] : [CAPTURE_UNIT])];
  return [
    ...(settings.user === undefined ? makeUser() : []),
    { kind: "folder", path: `/etc/${STATE_NAME}`, mode: 0o755 },
    ...file(CREDENTIALS_PATH, credentials, 0o600),
    ...file(`${UNIT_FOLDER}/${AGENT_UNIT}`, renderAgentUnit({ ...settings, user }), 0o644),
    ...(capture === undefined
      ? []
      : file(`${UNIT_FOLDER}/${CAPTURE_UNIT}`, renderCaptureUnit({ ...settings, ...capture, user }), 0o644)),
    ...file(NEW_TARGET_PATH, settings.newTarget ? NEW_TARGET_TEXT : undefined, 0o644),
    run(["daemon-reload"], { ifChanged: true }),
    run(["enable", ...units]),
    run(["restart", ...units], { ifChanged: true }),
    run(["start", ...units]),
  ];
}

/** What `uninstall` has to do. Captures, journal, credentials and account stay: they are not ours to delete. */
export function planUninstall(): InstallStep[] {
  return [
    run(["disable", "--now", CAPTURE_UNIT], { mayFail: true }),
    run(["disable", "--now", AGENT_UNIT], { mayFail: true }),
    { kind: "remove", path: `${UNIT_FOLDER}/${CAPTURE_UNIT}` },
    { kind: "remove", path: `${UNIT_FOLDER}/${AGENT_UNIT}` },
    { kind: "remove", path: SYSUSERS_PATH },
    run(["daemon-reload"], { ifChanged: true }),
  ];
}

/** What `uninstall` leaves, for whoever wants it gone too. */
export const LEFT_BY_UNINSTALL: readonly string[] = [`/var/lib/${STATE_NAME}`, `/etc/${STATE_NAME}`];

function makeUser(): InstallStep[] {
  const text = `u ${SERVICE_USER} - "PiLab uploader" /var/lib/${STATE_NAME}\n`;
  return [
    ...file(SYSUSERS_PATH, text, 0o644),
    { kind: "run", program: "systemd-sysusers", args: [SYSUSERS_PATH], ifChanged: true },
  ];
}

function file(path: string, text: string | undefined, mode: number): InstallStep[] {
  if (text === undefined) return [];
  return [{ kind: "file", path, text, mode, ...(path === CREDENTIALS_PATH ? { secret: true } : {}) }];
}

function run(args: readonly string[], more: { ifChanged?: boolean; mayFail?: boolean } = {}): InstallStep {
  return { kind: "run", program: "systemctl", args, ...more };
}

/** A service has its own /tmp, and a path that is not absolute means another folder to it. */
function checkPaths(folders: readonly string[]): void {
  for (const folder of folders) {
    const why = !isAbsolute(folder)
      ? "is no absolute path"
      : /^\/(?:var\/)?tmp(?:\/|$)/.test(folder)
        ? "lies in a folder that is emptied at boot and hidden from services"
        : null;
    if (why !== null) {
      throw new PilabError("invalid_input", `${folder} ${why}`, {
        hint: "Watch a folder such as /srv/captures.",
      });
    }
  }
}
