import type { AlertRow } from "@pilab/schema";
import type { CaptureTile, Overview, PilabClient } from "@pilab/storage-core";

/** All that is shown, as it was at one moment. */
export interface Lab {
  readonly overview: Overview;
  /** What is not resolved, newest first. */
  readonly alerts: AlertRow[];
  /** The latest, newest first. */
  readonly captures: CaptureTile[];
}

const ALERTS = 200;
const CAPTURES = 100;

/** Reads it in three requests, side by side. */
export async function readLab(pilab: PilabClient, signal?: AbortSignal): Promise<Lab> {
  const [overview, { alerts }, { captures }] = await Promise.all([
    pilab.fleet.overview({ signal }),
    pilab.alerts.list({ state: "unresolved", limit: ALERTS, signal }),
    pilab.captures.tiles({ limit: CAPTURES, signal }),
  ]);
  return { overview, alerts, captures };
}
