import type { PilabLogger } from "@pilab/logging";
import type { Journal } from "../journal/journal.ts";
import type { StoredFile } from "../journal/types.ts";
import {
  type CopyIdentity,
  type FreeResult,
  findSidecar,
  freeCopy,
  isDiskFull,
  type Reserve,
} from "../space/index.ts";

const NOTE = "freeing";

/** What {@link createSidecarFreeing} takes. */
export interface SidecarFreeingOptions {
  readonly journal: Pick<Journal, "note" | "noteFirmly" | "noted">;
  readonly reserve: Pick<Reserve, "run">;
  readonly roots: readonly string[];
  readonly logger: Pick<PilabLogger, "warn">;
}

/** Frees sidecars after the copies that they were read with, and beside no other. */
export interface SidecarFreeing {
  /**
   * These copies are about to be freed. What a process before this one began, it ends. On a disk without room for the note
   * their sidecars stay.
   */
  begin(copies: readonly StoredFile[]): Promise<void>;
  /** What became of one. */
  freed(copy: StoredFile, result: FreeResult): void;
  /** The journal knows that they are freed. */
  end(): Promise<void>;
}

/**
 * Which sidecars go is in the journal before the first copy goes: after a crash a copy that is no longer there was freed
 * by us if it is noted, else it was taken away by somebody, and its sidecar is theirs.
 */
export function createSidecarFreeing({
  journal,
  reserve,
  roots,
  logger,
}: SidecarFreeingOptions): SidecarFreeing {
  /** By the copy's id: what a process before this one, or a step that failed, had begun. */
  const begun = read(journal.noted(NOTE));
  let noted = new Map<number, CopyIdentity>();

  return {
    async begin(copies) {
      for (const [id, sidecar] of noted) begun.set(id, sidecar);
      noted = new Map();
      for (const copy of copies) {
        const sidecar = begun.get(copy.id) ?? findSidecar(copy);
        if (sidecar !== null) noted.set(copy.id, sidecar);
      }
      if (noted.size === 0) return;
      try {
        await reserve.run(() => journal.noteFirmly(NOTE, write(new Map([...begun, ...noted]))));
      } catch (err) {
        if (!isDiskFull(err)) throw err;
        noted = new Map();
        logger.warn({ err }, "copies are freed without their sidecars: the disk has no room to note them");
      }
    },

    freed({ id }, result) {
      if (result !== "freed" && result !== "gone") return;
      const sidecar = (result === "freed" ? noted : begun).get(id);
      begun.delete(id);
      if (sidecar === undefined) return;
      try {
        freeCopy(sidecar, roots);
      } catch (err) {
        logger.warn({ err, path: sidecar.path }, "a sidecar could not be freed");
      }
    },

    async end() {
      if (noted.size === 0) return;
      await reserve.run(() => journal.note(NOTE, undefined));
      noted = new Map();
    },
  };
}

const BIGINTS = new Set(["device", "inode", "mtimeNs"]);

function write(sidecars: ReadonlyMap<number, CopyIdentity>): string {
  return JSON.stringify([...sidecars], (_, value) => (typeof value === "bigint" ? String(value) : value));
}

function read(text = "[]"): Map<number, CopyIdentity> {
  return new Map(JSON.parse(text, (key, value) => (BIGINTS.has(key) ? BigInt(value) : value)));
}
