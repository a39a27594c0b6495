import type { ResumeStore } from "@pilab/storage-core";
import type { JournalContext } from "./rows.ts";

/** A {@link ResumeStore} in the journal. */
export interface JournalResumeStore extends ResumeStore {
  /** Drops the URLs of files that are no longer to be uploaded: vanished, overwritten, removed by policy. */
  prune(): void;
}

/** Upload URLs that outlive the process. One that a crash loses costs the bytes sent since, nothing else. */
export function createResumeStore({ db, writer }: JournalContext): JournalResumeStore {
  // Keys end with the content's hash, which a file has before its first byte is sent.
  const idle = db.prepare(`select key from resumable_uploads where not exists (select 1 from files
    where state in ('queued', 'placed') and lower(hex(sha256)) = substr(key, instr(key, '#') + 1))`);
  const find = db.prepare("select url from resumable_uploads where key = ?");
  const put = db.prepare("insert or replace into resumable_uploads (key, url) values (?, ?)");
  const remove = db.prepare("delete from resumable_uploads where key = ?");
  return {
    get: async (key) => find.get(key)?.url as string | undefined,
    set: async (key, url) => void (await writer.synced(() => put.run(key, url))),
    delete: async (key) => void writer.soon(() => remove.run(key)),
    prune() {
      for (const { key } of idle.all()) writer.soon(() => remove.run(key as string));
    },
  };
}
