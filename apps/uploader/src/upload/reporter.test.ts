import { PilabError } from "@pilab/schema";
import type { UploadOutcome, UploadSummary } from "@pilab/storage-core";
import { describe, expect, it } from "vitest";
import { createAccount, exitCodeOf } from "./account.ts";
import { createJsonReporter, createPlainReporter } from "./reporter.ts";

const uploaded: UploadOutcome = {
  file: "/pi/a.jpg",
  outcome: "uploaded",
  sizeBytes: 702_829,
  sha256: "0".repeat(64),
  captureId: "c1",
  objectPath: "pi-1/2019/04/25/233418-000000000000.jpg",
  verifiedBy: "etag",
  capturedAt: new Date("2019-04-25T23:34:18Z"),
  capturedAtSource: "exif",
  capturedAtTrusted: true,
  notes: [],
};
const problem = (
  outcome: "quarantined" | "too_large" | "failed",
  file: string,
  error: PilabError,
): UploadOutcome => ({
  file,
  outcome,
  sizeBytes: 0,
  reason: error.message,
  error,
  notes: [],
});
const cut = problem(
  "quarantined",
  "/pi/b.jpg",
  new PilabError("file_truncated", "b.jpg is cut off: it ends"),
);
const offline = problem("failed", "/pi/c.jpg", new PilabError("network", "no answer from http://x"));
const large = problem(
  "too_large",
  "/pi/d.mp4",
  new PilabError("too_large", "d.mp4 has 30 MB, the limit is 25 MB"),
);

function summaryOf(outcomes: UploadOutcome[], more: Partial<UploadSummary> = {}): UploadSummary {
  const counts = {
    uploaded: 0,
    duplicate: 0,
    repeated: 0,
    trashed: 0,
    purged: 0,
    quarantined: 0,
    too_large: 0,
    failed: 0,
  };
  for (const { outcome } of outcomes) counts[outcome] += 1;
  return {
    files: outcomes.length,
    counts,
    uploadedBytes: outcomes.reduce((sum, one) => sum + (one.outcome === "uploaded" ? one.sizeBytes : 0), 0),
    elapsedMs: 4_123,
    timings: {
      readMs: 0,
      knownMs: 0,
      inspectMs: 0,
      thumbnailUploadMs: 0,
      uploadMs: 0,
      verifyMs: 0,
      logMs: 0,
    },
    ending: "done",
    restFiles: 0,
    ...more,
  };
}

function accountOf(outcomes: UploadOutcome[]) {
  const account = createAccount();
  for (const outcome of outcomes) account.add(outcome);
  return account;
}

function told(
  outcomes: UploadOutcome[],
  {
    dryRun = false,
    json = false,
    ...more
  }: Partial<UploadSummary> & { dryRun?: boolean; json?: boolean } = {},
) {
  let text = "";
  const output = { out: (part: string) => (text += part), err: (part: string) => (text += part) };
  const reporter = json ? createJsonReporter(output, { dryRun }) : createPlainReporter(output, { dryRun });
  const account = accountOf(outcomes);
  for (const outcome of outcomes) reporter.file(outcome);
  account.addIgnored("/pi/notes.txt");
  reporter.end(summaryOf(outcomes, more), account);
  return text;
}

describe("plain lines", () => {
  it("say what became of each file, then the sum and whatever needs attention", () => {
    expect(
      told([uploaded, { ...uploaded, file: "/pi/e.jpg", outcome: "duplicate" }, cut, large, offline]),
    ).toBe(
      `uploaded     /pi/a.jpg  703 kB, taken 2019-04-25 23:34:18Z (exif)
duplicate    /pi/e.jpg  703 kB, taken 2019-04-25 23:34:18Z (exif)
quarantined  /pi/b.jpg is cut off: it ends
too large    /pi/d.mp4 has 30 MB, the limit is 25 MB
failed       /pi/c.jpg: no answer from http://x
1 uploaded (703 kB), 1 duplicate, 1 quarantined, 1 too large, 1 failed, in 4.1 s
Quarantined (no capture; nothing was moved):
  /pi/b.jpg is cut off: it ends
Too large (they wait where they are):
  /pi/d.mp4 has 30 MB, the limit is 25 MB
Failed (run the same command again to retry):
  /pi/c.jpg: no answer from http://x
Ignored 1 file not named as a picture or video (.txt).
`,
    );
  });

  it("say in a dry run what would be uploaded", () => {
    const text = told([uploaded], { dryRun: true });
    expect(text).toContain("would upload /pi/a.jpg");
    expect(text).toContain("1 would be uploaded (703 kB)");
  });

  it("tell a date that was not believed, and that a time is not trusted", () => {
    const dated = {
      ...uploaded,
      capturedAtSource: "mtime",
      capturedAtTrusted: false,
      notes: ["exif time 2099:01:01 00:00:00 is more than a day in the future"],
    };
    expect(told([dated])).toContain(
      "(mtime, not trusted)\n             note: exif time 2099:01:01 00:00:00 is more than a day in the future\n",
    );
  });

  it("list twenty problems and count the others", () => {
    const many = Array.from({ length: 130 }, (_, i) => ({ ...cut, file: `/pi/${i}.jpg` }));
    const text = told(many).split("Quarantined (")[1] ?? "";
    expect(text.match(/\/pi\//g)).toHaveLength(20);
    expect(text).toContain("… and 80 more\n… and 30 more problems; --json lists all.");
  });

  it("never pass on a control character of a file's name", () => {
    expect(told([{ ...uploaded, file: "/pi/\u001b[2J.jpg" }])).not.toContain("\u001b");
  });

  it.each([
    ["aborted", "Stopped; run the same command again to go on. So far: 1 uploaded"],
    ["failed_fast", "Stopped, because too many files failed (FAIL_FAST_THRESHOLD). So far: 1 uploaded"],
  ] as const)("say why a run that was %s ended", (ending, text) => {
    expect(told([uploaded], { ending })).toContain(text);
  });

  it("say that there is nothing to upload only when all was looked at", () => {
    expect(told([])).toContain("No pictures or videos found.");
    expect(told([], { ending: "aborted" })).not.toContain("No pictures");
  });

  it("count the files that MAX_CHUNKS left", () => {
    expect(told([uploaded], { ending: "partly_done", restFiles: 1200 })).toContain(
      "1,200 files not looked at",
    );
  });
});

it("JSON lines are one object a file and one for the sum, without our error objects", () => {
  const lines = told([uploaded, cut], { json: true })
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines).toEqual([
    { type: "file", dryRun: false, ...uploaded, capturedAt: "2019-04-25T23:34:18.000Z" },
    {
      type: "file",
      dryRun: false,
      file: "/pi/b.jpg",
      outcome: "quarantined",
      code: "file_truncated",
      sizeBytes: 0,
      reason: "b.jpg is cut off: it ends",
      notes: [],
    },
    expect.objectContaining({
      type: "summary",
      uploaded: 1,
      quarantined: 1,
      failed: 0,
      uploadedBytes: 702_829,
      seconds: 4.123,
    }),
  ]);
});

describe("the exit code", () => {
  it.each([
    ["everything is stored", [uploaded], "done", 0],
    ["nothing was there", [], "done", 0],
    ["some files are no captures", [uploaded, cut], "done", 3],
    ["Ctrl-C came in between", [uploaded], "aborted", 3],
    ["MAX_CHUNKS was reached", [uploaded], "partly_done", 3],
    ["no file is a capture", [cut], "done", 1],
    ["the network is down", [offline], "failed_fast", 75],
    ["the network is down and a file is broken", [offline, cut], "failed_fast", 1],
    ["Ctrl-C came before the first file", [], "aborted", 1],
  ] as const)("when %s", (_, outcomes, ending, code) => {
    expect(exitCodeOf(summaryOf([...outcomes], { ending }), accountOf([...outcomes]))).toBe(code);
  });

  it("when a folder could not be read", () => {
    const account = accountOf([uploaded]);
    account.addUnreadable("/pi/shut", "permission denied");
    expect(exitCodeOf(summaryOf([uploaded]), account)).toBe(3);
  });
});
