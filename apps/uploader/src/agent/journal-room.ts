import { join } from "node:path";
import type { PilabLogger } from "@pilab/logging";
import { isDiskFull, openReserve, type Reserve, readDiskUsage } from "../space/index.ts";

/** Knows whether there is room to write the journal, and outlasts that there is none. */
export interface JournalRoom {
  /** Holds the space that {@link look} and a write that fails give up. */
  readonly reserve: Reserve;
  /** Nothing that is sent now could be noted. */
  readonly isFull: boolean;
  /** What to say loudly; null while there is room. */
  readonly complaint: string | null;
  /** Looks at the disk; without room for the journal gives up the reserve. */
  look(): Promise<void>;
  /** Whether a failure only says that the disk is full: whatever was not noted is found again later. */
  outlasts(error: unknown): boolean;
}

/** Room for a few transactions and their log. */
const ROOM_BYTES = 1024 * 1024;
const COMPLAINT = "There is no room even for the journal: uploads wait until there is.";

/** Makes it for the journal in a folder. Nothing is looked at yet. */
export function createJournalRoom(folder: string, logger: Pick<PilabLogger, "info" | "error">): JournalRoom {
  const reserve = openReserve(join(folder, "reserve"));
  let isFull = false;
  const hasRoom = async () => (await readDiskUsage(folder)).availableBytes >= ROOM_BYTES;

  function set(full: boolean): void {
    if (full && !isFull) logger.error(COMPLAINT);
    else if (isFull && !full) logger.info("there is room for the journal again");
    isFull = full;
  }

  return {
    reserve,
    get isFull() {
      return isFull;
    },
    get complaint() {
      return isFull ? COMPLAINT : null;
    },
    async look() {
      set(!((await hasRoom()) || ((await reserve.giveUp()) && (await hasRoom()))));
    },
    outlasts(error) {
      const full = isDiskFull(error);
      if (full) set(true);
      return full;
    },
  };
}
