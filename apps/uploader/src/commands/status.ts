import { isPilabError } from "@pilab/schema";
import { type AgentStatus, readAgentStatus, runtimeFolder } from "../agent/status-file.ts";
import { type CaptureState, findCaptureState } from "../capture/index.ts";
import { isAgentAtWork, type Journal } from "../journal/journal.ts";
import type { Counts, ListedFile, Target } from "../journal/types.ts";
import type { CommandContext } from "./command-context.ts";
import { type StateFlags, stateFolderOf, withJournal } from "./open-state.ts";
import { statusText } from "./status-text.ts";

/** Options of `status`. */
export interface StatusFlags extends StateFlags {
  json?: boolean;
}

/** All that `status` shows. */
export interface StatusReport {
  readonly stateFolder: string;
  /** Whether an agent works with this state folder now. */
  readonly running: boolean;
  /** What the agent told last, running or not; null where none has. */
  readonly agent: AgentStatus | null;
  /** The camera loop, where one runs. */
  readonly capture: CaptureState | null;
  /** What the journal knows; null where no agent has begun one. */
  readonly journal: JournalReport | null;
}

/** What `status` shows of a journal. */
export interface JournalReport {
  readonly target: Target | null;
  readonly counts: Counts;
  readonly oldestQueued: { readonly path: string; readonly mtimeMs: number } | null;
  /** The first of them. */
  readonly failing: readonly ListedFile[];
  readonly quarantined: readonly ListedFile[];
  readonly gone: readonly ListedFile[];
}

const LISTED = 10;

/** Shows how an agent and its files are. */
export async function runStatus(flags: StatusFlags, { source, output }: CommandContext): Promise<number> {
  const stateFolder = stateFolderOf(flags, source);
  const agent = await readAgentStatus(runtimeFolder(source, stateFolder));
  const capture = await findCaptureState(stateFolder);
  const journal = await withJournal(stateFolder, look).catch((error: unknown) => {
    // A camera that only saves needs no agent, and is worth showing.
    if (capture === null || !isPilabError(error) || error.code !== "not_found") throw error;
    return null;
  });
  const report: StatusReport = {
    stateFolder,
    running: agent !== null && isAgentAtWork(stateFolder),
    agent,
    capture: capture !== null && isAlive(capture.pid) ? capture : null,
    journal,
  };
  output.out(flags.json ? `${JSON.stringify(report)}\n` : statusText(report));
  return 0;
}

function look(journal: Journal): JournalReport {
  return {
    target: journal.target() ?? null,
    counts: journal.counts(),
    oldestQueued: journal.oldestQueued() ?? null,
    failing: journal.list("failing", { limit: LISTED }),
    quarantined: journal.list("quarantined", { limit: LISTED }),
    gone: journal.list("gone", { limit: LISTED }),
  };
}

/** One that belongs to another user is alive all the same. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
