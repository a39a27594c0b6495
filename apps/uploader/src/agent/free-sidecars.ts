import type { PilabLogger } from "@pilab/logging";
import type { Journal } from "../journal/journal.ts";
import type { StoredFile } from "../journal/types.ts";
import { type CopyIdentity, type FreeResult, findSidecar, freeCopy } from "../space/index.ts";

const NOTE = "freeing";

/** What {@link createSidecarFreeing} takes. */
export interface SidecarFreeingOptions {
  readonly journal: Pick<Journal, "note" | "noted" | "flush">;
  readonly roots: readonly string[];
  readonly logger: Pick<PilabLogger, "warn">;
}

/** Frees sidecars after the copies that they were read with, and beside no other. */
export interface SidecarFreeing {
  /** These copies are about to be freed. What a process before this one began, it ends. */
  begin(copies: readonly StoredFile[]): void;
  /** What became of one. */
  freed(copy: StoredFile, result: FreeResult): void;
  /** The journal knows that they are freed. */
  end(): void;
}

/**
 * Which sidecars go is in the journal before the first copy goes: after a crash a copy that is no longer there was freed
 * by us if it is noted, else it was taken away by somebody, and its sidecar is theirs.
 */
export function createSidecarFreeing({ journal, roots, logger }: SidecarFreeingOptions): SidecarFreeing {
  /** By the copy's id: what a process before this one, or a step that failed, had begun. */
  const begun = read(journal.noted(NOTE));
  let noted = new Map<number, CopyIdentity>();

  return {
    begin(copies) {
      for (const [id, sidecar] of noted) begun.set(id, sidecar);
      noted = new Map();
      for (const copy of copies) {
        const sidecar = begun.get(copy.id) ?? findSidecar(copy);
        if (sidecar !== null) noted.set(copy.id, sidecar);
      }
      if (noted.size === 0) return;
      journal.note(NOTE, write(new Map([...begun, ...noted])));
      journal.flush();
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

    end() {
      if (noted.size === 0) return;
      noted = new Map();
      journal.note(NOTE, undefined);
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
