export { type ApplyOptions, applyInstall } from "./apply-install.ts";
export { createNotifier, type Notifier, type NotifierOptions } from "./notifier.ts";
export {
  type InstallSettings,
  type InstallStep,
  LEFT_BY_UNINSTALL,
  planInstall,
  planUninstall,
} from "./plan-install.ts";
export { createProgress, type Progress, type Step } from "./progress.ts";
export {
  AGENT_UNIT,
  CAPTURE_UNIT,
  type CaptureUnitSettings,
  CREDENTIALS_PATH,
  ENVIRONMENT_PATH,
  NODE_OPTIONS,
  renderAgentUnit,
  UNIT_FOLDER,
  type UnitSettings,
} from "./render-units.ts";
export type { RunCommand } from "./run-command.ts";
export { parseExecLine } from "./unit-file.ts";
export { runWatchdog, type WatchdogOptions } from "./watchdog.ts";
