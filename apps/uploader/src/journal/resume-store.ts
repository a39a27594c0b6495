import type { ResumeStore } from "@pilab/storage-core";
import type { JournalContext } from "./rows.ts";

/** Upload URLs that outlive the process. One that a crash loses costs the bytes sent since, nothing else. */
export function createResumeStore({ db, writer }: JournalContext): ResumeStore {
  const find = db.prepare("select url from resumable_uploads where key = ?");
  const put = db.prepare("insert or replace into resumable_uploads (key, url) values (?, ?)");
  const remove = db.prepare("delete from resumable_uploads where key = ?");
  return {
    get: async (key) => find.get(key)?.url as string | undefined,
    set: async (key, url) => void (await writer.synced(() => put.run(key, url))),
    delete: async (key) => void writer.soon(() => remove.run(key)),
  };
}
