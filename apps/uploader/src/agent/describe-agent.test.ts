import { expect, test } from "vitest";
import { type AgentFacts, describeAgent } from "./describe-agent.ts";

const NOTHING = { files: 0, bytes: 0 };

function facts(changes: Partial<AgentFacts> = {}): AgentFacts {
  const counts = {
    queued: NOTHING,
    placed: NOTHING,
    stored: NOTHING,
    confirmed: NOTHING,
    freed: NOTHING,
    quarantined: NOTHING,
    too_large: NOTHING,
    gone: NOTHING,
    tombstone: NOTHING,
  };
  return {
    uplink: { kind: "open", trial: false },
    stopping: false,
    pausedUntil: null,
    nowMs: 0,
    counts,
    space: null,
    refusal: null,
    identity: null,
    power: null,
    clock: { kind: "known", offsetMs: 0, by: "server" },
    gapMs: null,
    missingFolders: [],
    lastFailure: undefined,
    vanished: 0,
    serviceKey: false,
    ...changes,
  };
}

test("tells where copies may not be deleted, and calls no disk full for that", () => {
  const { state, complaints } = describeAgent(facts({ refusal: "Copies in /srv cannot be freed" }));
  expect(state).toBe("idle");
  expect(complaints).toEqual(["Copies in /srv cannot be freed"]);
});

test("tells how many files are too large, and what brings them to the server", () => {
  const { counts } = facts();
  const { complaints } = describeAgent(facts({ counts: { ...counts, too_large: { files: 3, bytes: 9 } } }));
  expect(complaints).toEqual([expect.stringMatching(/^3 files above MAX_FILE_SIZE .* raise both/)]);
});

test("complains of files that vanished lately, not of versions that others replaced", () => {
  const { counts } = facts();
  expect(describeAgent(facts({ counts: { ...counts, gone: { files: 9, bytes: 9 } } })).complaints).toEqual(
    [],
  );
  expect(describeAgent(facts({ vanished: 2 })).complaints).toEqual([
    "2 files vanished before being uploaded, within the last day: status names them",
  ]);
});
