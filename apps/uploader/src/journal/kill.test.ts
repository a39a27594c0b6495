import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { openJournal } from "./journal.ts";
import type { UploadReport } from "./types.ts";

const KILLS = Number(process.env.PILAB_JOURNAL_KILLS ?? 12);
const FILES = 15 * KILLS;
const child = fileURLToPath(new URL("./kill-child.ts", import.meta.url));

it(
  `closes its books after ${KILLS} kills at random moments`,
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "pilab-journal-kill-"));
    for (let index = 0; index < FILES; index += 1)
      writeFileSync(join(folder, `${index}.jpg`), `frame ${index}`);
    const paths = new Set(readdirSync(folder));

    let kills = 0;
    for (let ended = false; !ended; ) {
      ended = await run(folder, kills < KILLS ? Math.random() * 60 : undefined);
      if (!ended) kills += 1;
      checkThatFreedIsProven(folder, paths);
    }

    const journal = openJournal({ folder: join(folder, "state") });
    const states = Object.entries(journal.counts()).filter(([, { files }]) => files > 0);
    expect(states).toEqual([["freed", expect.objectContaining({ files: FILES })]]);
    const last = await journal.nextReport();
    journal.close();
    // Every file catalogued once, none of its objects under a second path, and the totals tell just that.
    expect(linesOf(folder, "catalogue.log").length).toBe(FILES);
    expect(new Set(linesOf(folder, "sent.log")).size).toBe(FILES);
    expect(last?.totals).toMatchObject({ ok: FILES, duplicate: 0 });
    checkReports(linesOf(folder, "reports.log").map((line) => JSON.parse(line)));
    checkDatabase(folder);
    // A run that ends before its kill makes the test weaker than its title: it has to be noticed.
    expect(kills).toBe(KILLS);
    rmSync(folder, { recursive: true });
  },
  30_000 + KILLS * 2_000,
);

/** Runs the agent, and kills it some time after it has opened its journal; says whether it came to its end. */
async function run(folder: string, killAfterMs: number | undefined): Promise<boolean> {
  const agent = spawn(process.execPath, [child, folder, String(FILES)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(agent, "exit");
  await Promise.race([once(agent.stdout, "data"), exited]);
  if (killAfterMs !== undefined) {
    await Promise.race([wait(killAfterMs), exited]);
    agent.kill("SIGKILL");
  }
  const [code, signal] = await exited;
  if (signal === null) expect(code).toBe(0);
  return signal === null;
}

function linesOf(folder: string, name: string): string[] {
  return readFileSync(join(folder, name), "utf8").split("\n").filter(Boolean);
}

function checkThatFreedIsProven(folder: string, all: ReadonlySet<string>): void {
  const left = new Set(readdirSync(folder));
  const db = new DatabaseSync(join(folder, "state", "journal.db"));
  const proof = db.prepare(
    "select 1 from files where path = ? and state in ('confirmed', 'freed') and verified_by = 'etag'",
  );
  for (const name of all) if (!left.has(name)) expect(proof.get(join(folder, name)), name).toBeDefined();
  db.close();
}

function checkReports(reports: readonly UploadReport[]): void {
  for (const [index, { seq, totals }] of reports.entries()) {
    const before = reports[index - 1];
    if (before === undefined) continue;
    expect(seq).toBeGreaterThan(before.seq);
    expect(totals.ok).toBeGreaterThanOrEqual(before.totals.ok);
    expect(totals.failed).toBeGreaterThanOrEqual(before.totals.failed);
  }
}

function checkDatabase(folder: string): void {
  const db = new DatabaseSync(join(folder, "state", "journal.db"));
  expect(db.prepare("pragma integrity_check").all()).toEqual([{ integrity_check: "ok" }]);
  const counted = db
    .prepare("select state, count(*) as files, sum(size_bytes) as bytes from files group by state")
    .all();
  expect(db.prepare("select * from counters where files > 0").all()).toEqual(counted);
  db.close();
}
