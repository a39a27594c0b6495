import type { Progress } from "../systemd/index.ts";

/** A Retry-After may ask for an hour; a server that hangs is given up long before. */
const STUCK_MS = 2 * 3_600_000;

/**
 * Tells the watchdog that uploads get on: none is under way, or since the last round one was settled or bytes moved. To be
 * called at each round of the feeder.
 */
export function createUploadWatch(
  progress: Progress,
  movedBytes: () => number,
): (underWay: number, settled: number) => void {
  const step = progress.begin("the bringing of files", STUCK_MS);
  let last = "";
  return (underWay, settled) => {
    const now = `${settled} ${movedBytes()}`;
    if (underWay === 0 || now !== last) step.touch();
    last = now;
  };
}
