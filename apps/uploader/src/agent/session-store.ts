import type { SessionStore } from "@pilab/storage-core";
import type { Journal } from "../journal/journal.ts";

const NOTE = "session";

/** Keeps the refresh token in the journal, with the name of its account: another account's is none. */
export function createSessionStore(journal: Pick<Journal, "note" | "noted">): SessionStore {
  return {
    load(account) {
      const [kept, token] = JSON.parse(journal.noted(NOTE) ?? "[]") as string[];
      return kept === account ? token : undefined;
    },
    save(account, token) {
      journal.note(NOTE, token === undefined ? undefined : JSON.stringify([account, token]));
    },
  };
}
