import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type AgentStatus, writeAgentStatus } from "../agent/status-file.ts";
import { openJournal } from "../journal/journal.ts";
import { runStatus } from "./status.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pilab-status-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What an agent wrote so many milliseconds ago; its pid is that of a process that is alive. */
async function wrote(agoMs: number): Promise<void> {
  const at = new Date(Date.now() - agoMs).toISOString();
  const status: AgentStatus = {
    pid: process.pid,
    version: "0.1.0",
    startedAt: at,
    writtenAt: at,
    state: "idle",
    complaints: [],
    target: "http://pilab.test",
    folders: [],
    clock: { synchronised: true, offsetMs: 0 },
    disk: null,
    intervalMs: null,
    lastUploadAt: null,
    pausedUntil: null,
  };
  await writeAgentStatus(folder, status);
}

async function shown(): Promise<string> {
  let text = "";
  const output = { out: (more: string) => (text += more), err: () => {} };
  await runStatus({ stateDir: folder }, { source: {}, output, signal: new AbortController().signal });
  return text;
}

test("an agent is running while it holds its folder, whoever has its pid", async () => {
  const journal = openJournal({ folder });
  await wrote(1000);
  expect(await shown()).toMatch(/^The agent is running/);
  expect(await shown()).not.toContain("hang");
  journal.close();
  expect(await shown()).toMatch(/^The agent is NOT running; it was last heard 1\S* s ago/);
});

test("an agent that runs and says nothing is told of", async () => {
  const journal = openJournal({ folder });
  await wrote(10 * 60_000);
  expect(await shown()).toMatch(
    /^The agent is running.*\n {2}! it was last heard 10 min 0 s ago: it may hang\n/,
  );
  journal.close();
});
