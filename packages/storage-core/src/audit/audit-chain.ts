import { createHash, type Hash } from "node:crypto";
import type { AuditHead, AuditReport, AuditSealRow } from "@pilab/schema";

/** What the log is read as, from the database or from an export: entries in their order, each seal after those it covers. */
export type ChainPart =
  | { readonly entry: string }
  | { readonly seal: AuditSealRow }
  /** The seal before the first entry, where reading does not begin at the beginning. */
  | { readonly start_after: AuditSealRow }
  /** Reading ended before the end, at a time that was asked for. */
  | { readonly ends_before: string };

type Broken = AuditReport["broken"][number];
const BROKEN_KEPT = 100;

/**
 * Checks the chain of seals over lines as they stand: every digest is computed here anew, by the recipe that the comments of
 * `audit_seals` give, so the database need not be believed. Only heads kept outside show that all of it was made anew.
 */
export async function checkChain(
  parts: AsyncIterable<ChainPart> | Iterable<ChainPart>,
  heads: readonly AuditHead[],
): Promise<Omit<AuditReport, "source" | "database_agrees">> {
  const state = new ChainState(heads);
  for await (const part of parts) {
    if ("entry" in part) state.addEntry(part.entry);
    else if ("seal" in part) state.addSeal(part.seal);
    else if ("start_after" in part) state.startAfter(part.start_after);
    else state.endEarly();
  }
  return state.report();
}

class ChainState {
  readonly #heads = new Map<number, AuditHead[]>();
  readonly #given: number;
  #before: AuditSealRow | undefined;
  #firstId = 1;
  #rows = 0;
  #seals = 0;
  #open = openRange();
  #matched = 0;
  #anchor: AuditSealRow | undefined;
  #rewritten = false;
  #partial = false;
  #endsEarly = false;
  readonly #broken: Broken[] = [];
  #brokenTotal = 0;

  constructor(heads: readonly AuditHead[]) {
    this.#given = heads.length;
    for (const head of heads) this.#heads.set(head.id, [...(this.#heads.get(head.id) ?? []), head]);
  }

  startAfter(seal: AuditSealRow): void {
    this.#before = seal;
    this.#firstId = seal.last_id + 1;
    this.#partial = true;
    this.#compareHeads(seal);
  }

  endEarly(): void {
    this.#partial = true;
    this.#endsEarly = true;
  }

  addEntry(line: string): void {
    const { digest } = this.#open;
    if (this.#open.rows > 0) digest.update("\n");
    digest.update(sha256(line));
    this.#open.rows += 1;
    const id = idOf(line);
    if (id !== undefined) {
      this.#open.firstId ??= id;
      this.#open.lastId = id;
    }
  }

  addSeal(seal: AuditSealRow): void {
    const fault = this.#faultOf(seal);
    if (fault)
      this.#report({
        seal: seal.id,
        first_id: (this.#before?.last_id ?? 0) + 1,
        last_id: seal.last_id,
        reason: fault,
      });
    this.#compareHeads(seal);
    this.#before = seal;
    this.#seals += 1;
    this.#rows += this.#open.rows;
    this.#open = openRange();
  }

  #faultOf(seal: AuditSealRow): Broken["reason"] | undefined {
    const before = this.#before;
    const { rows, digest } = this.#open;
    if (seal.id !== (before?.id ?? 0) + 1) return "seal_missing";
    if (seal.first_id !== (before?.last_id ?? 0) + 1 || seal.digest !== sealDigest(seal, before?.digest)) {
      return "seal_changed";
    }
    if (rows < seal.row_count) return "rows_missing";
    if (rows > seal.row_count) return "rows_added";
    return digest.digest("hex") === seal.rows_digest ? undefined : "rows_changed";
  }

  /** Every head after the first that differs would differ too: the chain goes through it. */
  #compareHeads(seal: AuditSealRow): void {
    const heads = this.#heads.get(seal.id) ?? [];
    this.#heads.delete(seal.id);
    if (heads.length === 0) return;
    if (heads.every((head) => head.digest === seal.digest)) {
      this.#matched += heads.length;
      this.#anchor = seal;
    } else if (!this.#rewritten) {
      this.#rewritten = true;
      const first_id = (this.#anchor?.last_id ?? 0) + 1;
      this.#report({ seal: seal.id, first_id, last_id: seal.last_id, reason: "head_differs" });
    }
  }

  #report(broken: Broken): void {
    this.#brokenTotal += 1;
    if (this.#broken.length < BROKEN_KEPT) this.#broken.push(broken);
  }

  report(): Omit<AuditReport, "source" | "database_agrees"> {
    const head = this.#before;
    const beyond = [...this.#heads.values()].flat().filter(({ id }) => id > (head?.id ?? 0));
    const furthest = beyond.toSorted((a, b) => b.id - a.id)[0];
    if (furthest && !this.#endsEarly) {
      const first_id = (head?.last_id ?? 0) + 1;
      this.#report({ seal: furthest.id, first_id, last_id: furthest.last_id, reason: "head_missing" });
    }
    const anchoredTo = this.#anchor?.last_id ?? this.#firstId - 1;
    const sealedTo = head?.last_id ?? 0;
    const { rows, firstId, lastId } = this.#open;
    return {
      ok: this.#brokenTotal === 0,
      partial: this.#partial,
      seals: this.#seals,
      rows: this.#rows + rows,
      heads: { given: this.#given, matched: this.#matched },
      anchored: range(this.#firstId, anchoredTo),
      self_consistent: range(Math.max(anchoredTo + 1, this.#firstId), sealedTo),
      unsealed:
        rows === 0 ? null : { first_id: firstId ?? sealedTo + 1, last_id: lastId ?? sealedTo + 1, rows },
      broken: this.#broken,
      broken_total: this.#brokenTotal,
      head: head
        ? { id: head.id, last_id: head.last_id, digest: head.digest, created_at: head.created_at }
        : null,
    };
  }
}

interface OpenRange {
  rows: number;
  firstId: number | undefined;
  lastId: number | undefined;
  readonly digest: Hash;
}

function openRange(): OpenRange {
  return { rows: 0, firstId: undefined, lastId: undefined, digest: createHash("sha256") };
}

function range(first_id: number, last_id: number): { first_id: number; last_id: number } | null {
  return last_id < first_id ? null : { first_id, last_id };
}

function sealDigest(seal: AuditSealRow, digestBefore = ""): string {
  const { id, first_id, last_id, row_count, rows_digest } = seal;
  const fields = ["pilab-audit-seal-1", id, first_id, last_id, row_count, rows_digest, digestBefore];
  return sha256(fields.join("\n"));
}

/** Undefined for a line that was damaged: its digest tells that. */
function idOf(line: string): number | undefined {
  const id = /^\{"id": (-?\d+)[,}]/.exec(line)?.[1];
  return id === undefined ? undefined : Number(id);
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
