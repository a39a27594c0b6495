import { afterEach, expect, test, vi } from "vitest";
import { closeTheBooks } from "./agent/books.ts";
import { killUntilDone } from "./agent/kill-run.ts";
import { type AgentLab, spoil, startAgentLab } from "./agent/lab.ts";

vi.setConfig({ testTimeout: 120_000 });

let lab: AgentLab | undefined;
afterEach(() => lab?.stop());

const IN_ORDER = { lost: [], wrongRows: [], wrongObjects: [], orphans: [], freedWithoutProof: [] };

test("killed at random moments it stores and catalogues every file once, and frees nothing without proof", async () => {
  lab = await startAgentLab();
  const account = await killUntilDone(lab, { kills: 14, files: 150, flags: { keepLocal: "0" } });
  expect(account.kills).toBe(14);
  const books = await closeTheBooks(lab);
  expect(books).toMatchObject({ written: 150, catalogued: 150, ...IN_ORDER });
  expect(books.freed).toBeGreaterThan(0);
  expect(books.statistics).toMatchObject({ ok: 150, duplicate: 0 });
});

test("the same while three of ten requests fail in every way that a network and a server have", async () => {
  lab = await startAgentLab();
  spoil(lab.proxy, 0.3);
  await killUntilDone(lab, { kills: 6, files: 60, flags: { keepLocal: "0" }, onKill: () => {} });
  const books = await closeTheBooks(lab);
  expect(books).toMatchObject({ written: 60, catalogued: 60, ...IN_ORDER });
  expect(books.freed).toBeGreaterThan(0);
  expect(books.statistics.ok + books.statistics.duplicate).toBe(60);
});
