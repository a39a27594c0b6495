import { randomUUID } from "node:crypto";
import { PilabError } from "@pilab/schema";
import type { JournalContext } from "./rows.ts";
import type { Target, UploadReport } from "./types.ts";

/** What a journal says of itself: its name, its target, its totals. */
export type Account = ReturnType<typeof createAccount>;

const TOTALS = ["ok", "failed", "duplicate", "bytes"] as const;

/** The part of a journal that speaks for the whole. */
export function createAccount({ db, writer, now, handedOut }: JournalContext) {
  const read = db.prepare("select value from meta where key = ?");
  const write = db.prepare("insert or replace into meta (key, value) values (?, ?)");
  const erase = db.prepare("delete from meta where key = ?");
  const last = db.prepare("select url, bucket, device_id from targets order by id desc limit 1");
  const bind = db.prepare("insert into targets (url, bucket, device_id, bound_at_ms) values (?, ?, ?, ?)");

  const numberOf = (key: string) => Number(read.get(key)?.value);
  const totals = () => ({
    ok: numberOf("ok"),
    failed: numberOf("failed"),
    duplicate: numberOf("duplicate"),
    bytes: numberOf("bytes"),
  });
  const journalId = () => String(read.get("journal_id")?.value);
  let reported: string | undefined;

  function target(): Target | undefined {
    const row = last.get();
    if (row === undefined) return undefined;
    return { url: String(row.url), bucket: String(row.bucket), deviceId: String(row.device_id) };
  }

  function startAnew(): void {
    db.exec(`update files set state = 'queued', reason = null, attempts = 0, next_attempt_at_ms = 0, sha256 = null,
      md5 = null, object_path = null, captured_at_ms = null, captured_at_source = null, captured_at_trusted = null,
      target_id = null, outcome = null, capture_id = null, verified_by = null, stored_at_ms = null,
      stored_running_ms = null, confirmed_at_ms = null
      where is_current = 1 and state in ('queued', 'placed', 'stored', 'confirmed', 'tombstone', 'too_large');
      delete from resumable_uploads`);
    write.run("journal_id", randomUUID());
    for (const key of [...TOTALS, "seq"]) write.run(key, 0);
    reported = undefined;
    handedOut.clear();
  }

  return {
    /** Names this journal to `report_uploads`. */
    journalId,

    target,

    /**
     * Binds the journal to its target for good. With `newTarget` it may move to another: every file still on the disk
     * is queued again, totals begin anew under a new name; the proofs of freed files stay those of the old target.
     *
     * @throws PilabError `conflict` when it belongs to another
     */
    async bindTarget(wanted: Target, { newTarget = false } = {}): Promise<"bound" | "same" | "moved"> {
      const bound = target();
      if (bound !== undefined && isSame(bound, wanted)) return "same";
      if (bound !== undefined && !newTarget) throw foreign(bound, wanted);
      return await writer.synced(() => {
        bind.run(wanted.url, wanted.bucket, wanted.deviceId, now());
        if (bound === undefined) return "bound";
        startAnew();
        return "moved";
      });
    },

    /**
     * The totals to report, or undefined when the server has them. They are synced before they are given out, so that
     * neither they nor `seq` ever fall.
     */
    async nextReport(): Promise<UploadReport | undefined> {
      if (reported === JSON.stringify(totals())) return undefined;
      return await writer.synced(() => {
        const seq = numberOf("seq") + 1;
        write.run("seq", seq);
        return { journalId: journalId(), seq, totals: totals() };
      });
    },

    /** The server has taken this report. */
    reported(report: UploadReport): void {
      reported = JSON.stringify(report.totals);
    },

    /** Keeps a small state under a name of the agent's choice; undefined removes it. Committed soon. */
    note(key: string, value: string | undefined): void {
      writer.soon(() => (value === undefined ? erase.run(`note.${key}`) : write.run(`note.${key}`, value)));
    },

    /** A note that has to be on the disk before something is done. */
    noteFirmly: (key: string, value: string): Promise<unknown> =>
      writer.synced(() => write.run(`note.${key}`, value)),

    /** See `note`. */
    noted(key: string): string | undefined {
      const row = read.get(`note.${key}`);
      return row === undefined ? undefined : String(row.value);
    },
  };
}

function isSame(a: Target, b: Target): boolean {
  return a.url === b.url && a.bucket === b.bucket && a.deviceId === b.deviceId;
}

function foreign(bound: Target, wanted: Target): PilabError {
  const text = ({ url, bucket, deviceId }: Target) => `device ${deviceId}, bucket ${bucket} at ${url}`;
  return new PilabError("conflict", `This journal belongs to ${text(bound)}, not to ${text(wanted)}`, {
    hint: "Correct the settings, or start once with --new-target (the service: install --new-target, with the options of before): every file still on the disk is then queued for the new one.",
  });
}
