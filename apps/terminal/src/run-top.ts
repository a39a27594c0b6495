import { createPilabClientFromEnvironment } from "@pilab/storage-core";
import type { EnvironmentSource, Flags } from "./cli.ts";
import { plainReport } from "./plain-report.ts";
import { readLab } from "./read-lab.ts";
import { createWatch } from "./watch.ts";

/** Signs in, reads, and shows it: once as text or JSON, or again and again on the whole terminal. */
export async function runTop(flags: Flags, source: EnvironmentSource): Promise<number> {
  // A person waits, and the next look comes by itself.
  const patience = { RETRY_MAX_ATTEMPTS: "2", RETRY_BASE_DELAY: "0.3", RETRY_MAX_DELAY: "1" };
  const pilab = createPilabClientFromEnvironment({ ...patience, ...source }, { idleTimeoutMs: 15_000 });
  const { stdin, stdout } = process;
  try {
    if (flags.json) {
      stdout.write(`${JSON.stringify(await readLab(pilab), null, 2)}\n`);
      return 0;
    }
    const screen = {
      colour: stdout.isTTY === true && !source.NO_COLOR && source.TERM !== "dumb",
      unicode: isUtf8(source),
    };
    const address = addressOf(source.SUPABASE_URL);
    if (flags.once || !stdout.isTTY || !stdin.isTTY || source.TERM === "dumb") {
      // A file or a mail is wider than the narrowest terminal.
      const width = stdout.columns ?? (Number(source.COLUMNS) || 120);
      stdout.write(plainReport(await readLab(pilab), { ...screen, width, address }));
      return 0;
    }
    const watch = createWatch({
      read: (signal) => readLab(pilab, signal),
      intervalMs: flags.interval * 1000,
    });
    // What no later look can mend ends here, in words, before the screen is taken.
    await watch.look();
    const { error } = watch.state();
    if (error && !error.isPassing) throw error.cause;
    const { showLive } = await import("./show-live.ts");
    await showLive(watch, { ...screen, address });
    return 0;
  } finally {
    await pilab.close();
  }
}

/** Whether the terminal draws more than ASCII, as far as its locale says. */
function isUtf8({ LC_ALL, LC_CTYPE, LANG }: EnvironmentSource): boolean {
  return /utf-?8/i.test(LC_ALL || LC_CTYPE || LANG || "");
}

function addressOf(url: string | undefined): string {
  return URL.parse(url ?? "")?.host ?? "";
}
