import { PilabError } from "@pilab/schema";
import type { ListedFile } from "../journal/types.ts";
import { countText, nameText, sizeText } from "../upload/words.ts";
import type { CommandContext } from "./command-context.ts";
import { type StateFlags, stateFolderOf, withJournal } from "./open-state.ts";

/** Options of `quarantine list` and `quarantine release`. */
export interface QuarantineFlags extends StateFlags {
  json?: boolean;
  all?: boolean;
}

const PAGE = 500;

/** Prints the files that are no whole capture. */
export async function listQuarantine(
  flags: QuarantineFlags,
  { source, output }: CommandContext,
): Promise<number> {
  return await withJournal(stateFolderOf(flags, source), (journal) => {
    let files = 0;
    for (let afterId = 0; ; ) {
      const page = journal.list("quarantined", { limit: PAGE, afterId });
      for (const file of page) output.out(flags.json ? `${JSON.stringify(file)}\n` : lineOf(file));
      files += page.length;
      afterId = page.at(-1)?.id ?? 0;
      if (page.length < PAGE) break;
    }
    if (!flags.json)
      output.out(files === 0 ? "Nothing is in quarantine.\n" : `${countText(files, "file")}\n`);
    return 0;
  });
}

/** Has files in quarantine tried again. */
export async function releaseQuarantine(
  ids: readonly number[],
  flags: QuarantineFlags,
  { source, output }: CommandContext,
): Promise<number> {
  if (ids.length === 0 && !flags.all) {
    throw new PilabError("invalid_input", "quarantine release wants the ids of files, or --all", {
      hint: "pilab-uploader quarantine list shows them.",
    });
  }
  return await withJournal(stateFolderOf(flags, source), async (journal) => {
    const known = new Set(
      flags.all
        ? []
        : ids.filter((id) => journal.list("quarantined", { limit: 1, afterId: id - 1 })[0]?.id === id),
    );
    const unknown = flags.all ? [] : ids.filter((id) => !known.has(id));
    if (unknown.length > 0) {
      throw new PilabError("not_found", `Not in quarantine: ${unknown.join(", ")}`, {
        hint: "pilab-uploader quarantine list shows what is.",
      });
    }
    const released = await journal.requeue(flags.all ? { state: "quarantined" } : { ids: [...known] });
    output.out(`${countText(released, "file")} to be tried again.\n`);
    return 0;
  });
}

function lineOf({ id, path, sizeBytes, reason }: ListedFile): string {
  return `${id}  ${nameText(path)}  ${sizeText(sizeBytes)}  ${reason ?? ""}\n`;
}
