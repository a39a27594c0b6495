import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readReport, summaryLine } from "./test-report.ts";

const folder = mkdtempSync(join(tmpdir(), "pilab-report-"));

function report(content: unknown): string {
  const path = join(folder, `${Math.random()}.json`);
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

describe("the last line of npm test", () => {
  test("counts what the runner reported", () => {
    const path = report({ numPassedTests: 7, numFailedTests: 2, numPendingTests: 1, testResults: [] });
    expect(summaryLine(readReport(path))).toBe("7 passed, 2 failed, 1 skipped");
  });

  test("counts a file that failed before its first test as one failure", () => {
    const testResults = [{ status: "failed", assertionResults: [] }];
    const path = report({ numPassedTests: 3, numFailedTests: 0, numPendingTests: 0, testResults });
    expect(summaryLine(readReport(path))).toBe("3 passed, 1 failed");
  });

  test("is a failure when the runner left no report, or half of one", () => {
    expect(readReport(join(folder, "absent.json")).failed).toBe(1);
    expect(readReport(report('{"numPassedTests": 3')).failed).toBe(1);
  });
});
