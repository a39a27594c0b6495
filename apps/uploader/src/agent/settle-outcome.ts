import { isPilabError, type PilabError } from "@pilab/schema";
import type { UploadOutcome } from "@pilab/storage-core";
import { findAgain } from "../intake/identity.ts";
import type { Journal } from "../journal/journal.ts";
import type { QueuedFile } from "../journal/types.ts";
import { type AgentTimes, backOffMs } from "./times.ts";
import type { Uplink } from "./uplink.ts";

/** What {@link createSettler} takes. */
export interface SettlerOptions {
  readonly journal: Pick<
    Journal,
    "store" | "bury" | "quarantine" | "tooLarge" | "gone" | "vanished" | "fail" | "giveBack"
  >;
  readonly uplink: Pick<Uplink, "blame" | "succeeded">;
  readonly times: Pick<AgentTimes, "failedMinMs" | "failedMaxMs">;
  /** Runs a change of the journal, if need be a second time, with the reserve given up. */
  readonly write: <T>(change: () => Promise<T>) => Promise<T>;
  readonly onSettled: (file: QueuedFile, what: Settled) => void;
  /** Whether a failure only says that the journal cannot be written now. */
  readonly outlasts: (error: unknown) => boolean;
  readonly now?: () => number;
}

/** What became of a file in the journal. `waits`: untouched, as the server or a full disk was the trouble. */
export interface Settled {
  readonly as: "stored" | "tombstone" | "quarantined" | "too_large" | "gone" | "failed" | "waits";
  readonly outcome: UploadOutcome;
}

/** Turns what became of an upload into what the journal says of its file: one transaction each, totals in it. */
export function createSettler(options: SettlerOptions) {
  const { journal, uplink, times, write, onSettled, outlasts, now = Date.now } = options;

  async function settleFailed(file: QueuedFile, error: PilabError): Promise<Settled["as"]> {
    if (outlasts(error)) return "waits";
    if (error.code === "file_changed" || error.code === "file_unreadable") {
      const found = await findAgain(file);
      if (found === "gone" || found === "changed") {
        await write(() =>
          found === "gone" ? journal.vanished(file.id) : journal.gone(file.id, error.message),
        );
        return "gone";
      }
    } else if ((await uplink.blame(error)) === "server") {
      journal.giveBack(file.id);
      return "waits";
    }
    const waitMs = backOffMs(file.attempts + 1, times.failedMinMs, times.failedMaxMs);
    await write(() => journal.fail(file.id, error.message, now() + waitMs));
    return "failed";
  }

  async function change(file: QueuedFile, outcome: UploadOutcome): Promise<Settled["as"]> {
    const { id } = file;
    const reason = outcome.reason ?? outcome.outcome;
    switch (outcome.outcome) {
      case "uploaded":
      case "duplicate":
      case "repeated": {
        const { sha256 = "", objectPath = "", captureId = "", verifiedBy } = outcome;
        const storing = { outcome: outcome.outcome, sha256, objectPath, captureId, verifiedBy };
        await write(() => journal.store(id, storing));
        uplink.succeeded();
        return "stored";
      }
      case "trashed":
      case "purged": {
        const removal = outcome.outcome;
        await write(() => journal.bury(id, removal, reason, outcome.sha256));
        return "tombstone";
      }
      case "quarantined":
        await write(() => journal.quarantine(id, reason));
        return "quarantined";
      case "too_large":
        await write(() => journal.tooLarge(id, reason));
        return "too_large";
      case "failed":
        return await settleFailed(file, outcome.error as PilabError);
    }
  }

  return async (file: QueuedFile, outcome: UploadOutcome): Promise<void> => {
    try {
      onSettled(file, { as: await change(file, outcome), outcome });
    } catch (error) {
      // What the server has by now is a duplicate when it is tried again.
      if (outlasts(error)) return onSettled(file, { as: "waits", outcome });
      // Overwritten while it was on its way: the journal has moved the row on already.
      if (!isPilabError(error) || error.code !== "conflict") throw error;
      onSettled(file, { as: "gone", outcome });
    }
  };
}
