import type { PilabLogger } from "@pilab/logging";
import type { Journal } from "../journal/journal.ts";
import type { QueuedFile } from "../journal/types.ts";
import { countText, sizeText } from "../upload/words.ts";
import type { Settled } from "./settle-outcome.ts";
import type { UplinkState } from "./uplink.ts";

/** Logs that the way to the server is another than it was. */
export function tellUplink(logger: PilabLogger, state: UplinkState): void {
  if (state.kind === "open") logger.info("connected");
  else if (state.kind === "refused") {
    const { error } = state;
    logger.error(
      { err: error, hint: error.hint },
      "the server refuses this device: uploads stop and are tried again every 15 minutes; captures are taken in",
    );
  } else if (state.kind === "away") {
    logger.warn(
      { err: state.error, hint: state.error.hint },
      "the server is away: it is tried again; captures are taken in",
    );
  }
}

/** Logs what became of a file. */
export function tellFile(logger: PilabLogger, file: QueuedFile, { as, outcome }: Settled): void {
  const { outcome: result, objectPath, reason, notes } = outcome;
  const fields = { path: file.path, outcome: result, objectPath, reason, ...(notes.length > 0 && { notes }) };
  if (as === "stored") logger.debug(fields, "stored");
  else if (as === "waits") logger.debug(fields, "waits for the server");
  else logger.warn(fields, as);
}

/** "12 files of 3.40 MB wait". */
export function queueText(journal: Pick<Journal, "counts">): string {
  const { queued, placed } = journal.counts();
  const files = queued.files + placed.files;
  if (files === 0) return "nothing waits";
  return `${countText(files, "file")} of ${sizeText(queued.bytes + placed.bytes)} wait`;
}
