import type { Engine } from "../engine.ts";
import { createGate } from "../gate.ts";
import { adoptCaptures } from "./adopt-captures.ts";
import { adoptObjects } from "./adopt-objects.ts";
import { type FoundObject, type Problem, readObjects } from "./read-objects.ts";

// log_captures takes as many.
const BATCH = 500;

/** What a rebuild did. */
export interface RebuildReport {
  /** Objects whose bytes were read and are whole. */
  objects: number;
  bytes: number;
  objectsAdded: number;
  capturesAdded: number;
  devicesMade: string[];
  bucketsMade: string[];
  /** What could not be brought back, and why. */
  problems: Problem[];
}

/**
 * Adds to a database what the files say and it lacks: objects, buckets, devices, captures. It changes and removes nothing,
 * so it can be run over a whole database, an empty one, or again.
 *
 * @param engine a database with the migrations applied, which no server uses
 */
export async function rebuild(
  engine: Engine,
  filesDir: string,
  onProgress?: (objects: number) => void,
): Promise<RebuildReport> {
  const report: RebuildReport = {
    ...{ objects: 0, bytes: 0, objectsAdded: 0, capturesAdded: 0 },
    ...{ devicesMade: [], bucketsMade: [], problems: [] },
  };
  let batch: FoundObject[] = [];
  const flush = async () => {
    const objects = await adoptObjects(engine, batch);
    const captures = await adoptCaptures(createGate(engine), batch);
    report.objectsAdded += objects.added;
    report.capturesAdded += captures.created;
    report.bucketsMade.push(...objects.buckets);
    report.devicesMade.push(...captures.devices);
    report.problems.push(...captures.problems);
    batch = [];
    onProgress?.(report.objects);
  };
  for await (const found of readObjects(filesDir)) {
    if ("why" in found) {
      report.problems.push(found);
      continue;
    }
    report.objects++;
    report.bytes += found.object.metadata.size;
    batch.push(found);
    if (batch.length === BATCH) await flush();
  }
  if (batch.length > 0) await flush();
  return report;
}
