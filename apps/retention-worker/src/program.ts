import { Command } from "commander";
import manifest from "../package.json" with { type: "json" };
import { addAlerts } from "./commands/alerts.ts";
import { addAudit } from "./commands/audit.ts";
import type { Start } from "./commands/command-context.ts";
import { addDoctor } from "./commands/doctor.ts";
import { addPin } from "./commands/pin.ts";
import { addPreview } from "./commands/preview.ts";
import { addReconcile } from "./commands/reconcile.ts";
import { addRestore } from "./commands/restore.ts";
import { addRun } from "./commands/run.ts";
import { addScrub } from "./commands/scrub.ts";
import { addServe } from "./commands/serve.ts";
import { addStatus } from "./commands/status.ts";
import { addTrash } from "./commands/trash.ts";

/** The command line: every command, one line each. Their files declare options and import the work when it runs. */
export function createProgram(start: Start): Command {
  const program = new Command("pilab-retention")
    .description("Keeps storage inside its policies, and can prove what it did.")
    .version(manifest.version)
    .exitOverride()
    .showHelpAfterError("Run with --help to see the options.");
  addAlerts(program, start);
  addAudit(program, start);
  addDoctor(program, start);
  addPin(program, start);
  addPreview(program, start);
  addReconcile(program, start);
  addRestore(program, start);
  addRun(program, start);
  addScrub(program, start);
  addServe(program, start);
  addStatus(program, start);
  addTrash(program, start);
  return program;
}
