import type { Journal } from "../journal/journal.ts";
import { countText } from "../upload/words.ts";
import type { CommandContext } from "./command-context.ts";
import { type StateFlags, stateFolderOf, withJournal } from "./open-state.ts";

const PAGE = 1000;

/** Has the agent try now what it would try later. */
export async function runRetry(flags: StateFlags, { source, output }: CommandContext): Promise<number> {
  return await withJournal(stateFolderOf(flags, source), async (journal) => {
    const failed = await requeueFailing(journal);
    // The agent knows its limit; this shell may have another.
    journal.note("hurry", "retry");
    output.out(
      `${countText(failed, "file")} to be tried now, large ones that the agent's MAX_FILE_SIZE allows by now, and the server if it was away or refused.\n`,
    );
    return 0;
  });
}

async function requeueFailing(journal: Journal): Promise<number> {
  let total = 0;
  for (;;) {
    // Requeued files fail no more: the first page is always the next one.
    const ids = journal.list("failing", { limit: PAGE }).map(({ id }) => id);
    if (ids.length === 0) return total;
    total += await journal.requeue({ ids });
  }
}
