import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { isDiskFull } from "../space/index.ts";
import { openJournal } from "./journal.ts";

const MIB = 1024 * 1024;

// Only root may mount a disk that is small enough to fill.
it.skipIf(process.platform !== "linux" || process.getuid?.() !== 0)(
  "loses nothing that was synced when the disk fills, and goes on when there is space again",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "pilab-journal-full-"));
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", folder]);
    try {
      const lost: unknown[] = [];
      const options = { folder: join(folder, "state"), onLost: (error: unknown) => lost.push(error) };
      const reserve = join(folder, "reserve");
      writeFileSync(reserve, Buffer.alloc(MIB));
      let journal = openJournal(options);
      let synced = 0;
      const fill = async () => {
        for (let index = 0; ; index += 1) {
          const path = `/spool/frame-${synced}-${index}.jpg`;
          journal.add({ path, device: 1n, inode: 1n, sizeBytes: 1, mtimeNs: 1n });
          if (index % 50 !== 49) continue;
          await journal.resumeStore.set("key", path); // waits for the sync of all before it
          synced = journal.counts().queued.files;
        }
      };
      const error = await fill().catch((cause: unknown) => cause);
      expect(isDiskFull(error)).toBe(true);
      expect(synced).toBeGreaterThan(0);
      expect(journal.counts().queued.files).toBe(synced);

      rmSync(reserve);
      const proof = journal.nextBatch({ order: "oldest", limit: 1, nowMs: Date.now() });
      await journal.gone(proof[0]?.id as number, "freed by hand");
      journal.close();
      journal = openJournal(options);
      expect(journal.counts()).toMatchObject({ queued: { files: synced - 1 }, gone: { files: 1 } });
      expect(journal.setAside).toBeUndefined();
      journal.close();
    } finally {
      execFileSync("umount", [folder]);
      rmSync(folder, { recursive: true });
    }
  },
);
