import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openJournal } from "./journal.ts";

const CUTS = 60;

it(`keeps all that was synced through ${CUTS} power cuts, whatever the card made of the rest`, async () => {
  const folder = mkdtempSync(join(tmpdir(), "pilab-journal-cut-"));
  const live = join(folder, "live");
  const journal = openJournal({ folder: live });
  for (let cut = 1; cut <= CUTS; cut += 1) {
    await journal.resumeStore.set(`upload ${cut}`, "http://tus");
    const syncedBytes = statSync(join(live, "journal.db-wal")).size;
    // Not synced: its pages may have reached the card in part, in any order, or as garbage.
    for (let index = 0; index < 20; index += 1) journal.note(`${cut} ${index}`, "x".repeat(cut));
    journal.flush();

    const image = join(folder, "image");
    mkdirSync(image);
    copyFileSync(join(live, "journal.db"), join(image, "journal.db"));
    writeFileSync(join(image, "journal.db-wal"), tornAfter(syncedBytes, join(live, "journal.db-wal")));
    const found = openJournal({ folder: image });
    expect(found.setAside).toBeUndefined();
    for (let earlier = 1; earlier <= cut; earlier += 1)
      expect(await found.resumeStore.get(`upload ${earlier}`)).toBe("http://tus");
    found.close();
    rmSync(image, { recursive: true });
  }
  journal.close();
  rmSync(folder, { recursive: true });
});

/** The log as a power cut may leave it: what follows the synced part is cut somewhere, and a piece of it is garbage. */
function tornAfter(syncedBytes: number, path: string): Buffer {
  const log = readFileSync(path);
  const end = syncedBytes + Math.floor(Math.random() * (log.length - syncedBytes + 1));
  const torn = Buffer.from(log.subarray(0, end));
  torn.fill(
    Math.floor(Math.random() * 256),
    syncedBytes + Math.floor(Math.random() * (end - syncedBytes + 1)),
  );
  return torn;
}
