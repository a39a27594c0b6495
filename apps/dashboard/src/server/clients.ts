import "server-only";
import { createPilabClient, type PilabClient } from "@pilab/storage-core";
import { env } from "../env.ts";
import { once } from "./once.ts";

const IDLE_MS = 5 * 60_000;

interface Held {
  readonly client: PilabClient;
  timer: NodeJS.Timeout;
  users: number;
}

const held = () => once("clients", () => new Map<string, Held>());

/**
 * Works as a person, under that person's rights. Clients are kept by token, so that a page's requests share connections, and
 * closed when nothing used them for five minutes.
 */
export async function asUser<T>(accessToken: string, work: (pilab: PilabClient) => Promise<T>): Promise<T> {
  const borrowed = borrowClient(accessToken);
  try {
    return await work(borrowed.pilab);
  } finally {
    borrowed.giveBack();
  }
}

/** As {@link asUser}, for what outlives one call: a stream. To give it back twice counts once: others may use it still. */
export function borrowClient(accessToken: string): { pilab: PilabClient; giveBack(): void } {
  const clients = held();
  let entry = clients.get(accessToken);
  if (entry === undefined) {
    const { url, anonKey } = env().supabase;
    const client = createPilabClient({
      url,
      key: anonKey,
      accessToken,
      bucket: env().storage.bucket,
      idleTimeoutMs: 30_000,
      // A person waits: a second try, soon, and then the page says what is wrong.
      retry: { maxAttempts: 2, baseDelayMs: 300, maxDelayMs: 2000 },
    });
    entry = { client, timer: setTimeout(() => {}, 0), users: 0 };
    clients.set(accessToken, entry);
  }
  const mine = entry;
  clearTimeout(mine.timer);
  mine.users += 1;
  let isHeld = true;
  return {
    pilab: mine.client,
    giveBack() {
      if (!isHeld) return;
      isHeld = false;
      mine.users -= 1;
      if (mine.users > 0) return;
      mine.timer = setTimeout(() => {
        clients.delete(accessToken);
        void mine.client.close();
      }, IDLE_MS).unref();
    },
  };
}
