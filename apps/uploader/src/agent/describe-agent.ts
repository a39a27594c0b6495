import type { ClockDecision } from "../clock/index.ts";
import type { Counts } from "../journal/types.ts";
import { countText, durationText } from "../upload/words.ts";
import type { UplinkState } from "./uplink.ts";

/** What {@link describeAgent} judges. */
export interface AgentFacts {
  readonly uplink: UplinkState;
  readonly stopping: boolean;
  readonly pausedUntil: Date | null;
  readonly nowMs: number;
  readonly counts: Counts;
  readonly space: string | null;
  /** Where copies may not be deleted. */
  readonly refusal: string | null;
  readonly identity: string | null;
  readonly power: string | null;
  readonly clock: ClockDecision;
  readonly gapMs: number | null;
  readonly missingFolders: readonly string[];
  readonly lastFailure: string | undefined;
  /** Files that were removed before they were uploaded, of the last day. */
  readonly vanished: number;
  readonly serviceKey: boolean;
}

/** What the agent is doing, in a word; the server and `status` show it. */
export type AgentState =
  | "stopping"
  | "refused"
  | "connecting"
  | "server_away"
  | "disk_full"
  | "paused"
  | "clock_unknown"
  | "uploading"
  | "no_captures"
  | "idle";

/** The agent's state, and what needs a person: the worst first. */
export function describeAgent(facts: AgentFacts): { state: AgentState; complaints: string[] } {
  return { state: stateOf(facts), complaints: complaintsOf(facts) };
}

function stateOf({
  uplink,
  stopping,
  pausedUntil,
  nowMs,
  counts,
  space,
  clock,
  gapMs,
}: AgentFacts): AgentState {
  if (stopping) return "stopping";
  if (uplink.kind === "refused") return "refused";
  if (uplink.kind === "connecting") return "connecting";
  if (uplink.kind === "away") return "server_away";
  if (space !== null) return "disk_full";
  if (pausedUntil !== null && pausedUntil.getTime() > nowMs) return "paused";
  if (clock.kind === "wait") return "clock_unknown";
  if (counts.queued.files + counts.placed.files > 0) return "uploading";
  return gapMs === null ? "idle" : "no_captures";
}

/** Less is a header's coarseness and the way of an answer. */
const OFFSET_WORTH_TELLING_MS = 60_000;

function complaintsOf(facts: AgentFacts): string[] {
  const {
    uplink,
    space,
    refusal,
    identity,
    power,
    clock,
    gapMs,
    missingFolders,
    lastFailure,
    counts,
    vanished,
    serviceKey,
  } = facts;
  const { error, kind } = { error: undefined, ...uplink };
  const list: (string | null | undefined | false)[] = [
    space,
    refusal,
    identity,
    kind === "refused" && error && `The server refuses uploads: ${error.message}. ${error.hint ?? ""}`.trim(),
    kind === "away" && error && `The server is away: ${error.message}. ${error.hint ?? ""}`.trim(),
    power,
    ...missingFolders.map((folder) => `The folder ${folder} is not there`),
    clock.kind === "known" &&
      clock.disagreementMs !== undefined &&
      `This machine's clock and the server's differ by ${durationText(Math.abs(clock.disagreementMs))}`,
    clock.kind === "known" &&
      Math.abs(clock.offsetMs) > OFFSET_WORTH_TELLING_MS &&
      `This machine's clock is off by ${durationText(Math.abs(clock.offsetMs))}; times are corrected by the server's`,
    lastFailure,
    counts.too_large.files > 0 &&
      `${countText(counts.too_large.files, "file")} above MAX_FILE_SIZE or the bucket's limit, kept here: raise both, then pilab-uploader retry or a restart`,
    vanished > 0 &&
      `${countText(vanished, "file")} vanished before being uploaded, within the last day: status names them`,
    gapMs !== null && `No capture has come for ${durationText(gapMs)}`,
    serviceKey && "This agent works with the service key: give it its device's own account",
  ];
  return list.filter((text): text is string => typeof text === "string" && text !== "");
}
