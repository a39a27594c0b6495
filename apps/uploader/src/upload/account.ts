import { extname } from "node:path";
import { ERRORS } from "@pilab/schema";
import type { UploadOutcome, UploadSummary } from "@pilab/storage-core";

/** A file that did not become a capture, as the summary lists it. */
export interface Problem {
  file: string;
  outcome: "quarantined" | "too_large" | "failed";
  reason: string;
}

/** What a whole run adds up to, for its summary and exit code. Its size does not grow with the run. */
export interface Account {
  add(outcome: UploadOutcome): void;
  /** A folder that could not be read. */
  addUnreadable(path: string, reason: string): void;
  addIgnored(path: string): void;
  readonly problems: readonly Problem[];
  /** Problems that are counted but no longer kept. */
  readonly problemsLeftOut: number;
  readonly unreadableFolders: number;
  readonly ignored: { readonly files: number; readonly extensions: readonly string[] };
  /** Every file that failed may succeed on another try: the network, a busy server. */
  readonly onlyTransientFailures: boolean;
}

const PROBLEMS_KEPT = 100;
const EXTENSIONS_KEPT = 10;

/** Starts an empty {@link Account}. */
export function createAccount(): Account {
  const problems: Problem[] = [];
  const extensions = new Set<string>();
  const count = { leftOut: 0, unreadable: 0, ignored: 0, lasting: 0 };
  const keep = (problem: Problem) => {
    if (problems.length < PROBLEMS_KEPT) problems.push(problem);
    else count.leftOut += 1;
  };
  return {
    add({ file, outcome, reason = "no reason given", error }) {
      if (outcome !== "quarantined" && outcome !== "too_large" && outcome !== "failed") return;
      if (error === undefined || !ERRORS[error.code].retryable) count.lasting += 1;
      keep({ file, outcome, reason });
    },
    addUnreadable(path, reason) {
      count.unreadable += 1;
      count.lasting += 1;
      keep({ file: path, outcome: "failed", reason });
    },
    addIgnored(path) {
      count.ignored += 1;
      if (extensions.size < EXTENSIONS_KEPT) extensions.add(extname(path).toLowerCase() || "no extension");
    },
    problems,
    get problemsLeftOut() {
      return count.leftOut;
    },
    get unreadableFolders() {
      return count.unreadable;
    },
    get ignored() {
      return { files: count.ignored, extensions: [...extensions].sort() };
    },
    get onlyTransientFailures() {
      return count.lasting === 0;
    },
  };
}

/** 0 all is stored; 3 some is, some is not; 1 nothing is; 75 nothing is, and another try may help. */
export function exitCodeOf(summary: UploadSummary, account: Account): 0 | 1 | 3 | 75 {
  const { uploaded, duplicate, repeated, trashed, purged } = summary.counts;
  const settled = uploaded + duplicate + repeated + trashed + purged;
  const unsettled = summary.files - settled + account.unreadableFolders;
  if (unsettled === 0 && summary.ending === "done") return 0;
  if (settled > 0) return 3;
  return account.onlyTransientFailures && unsettled > 0 ? 75 : 1;
}
