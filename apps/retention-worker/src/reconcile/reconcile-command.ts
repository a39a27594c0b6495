import type { CatalogueFault } from "@pilab/schema";
import type { ReconcileReport, Settled } from "@pilab/storage-core";
import { countText } from "@pilab/storage-core";
import type { CommandContext, Output } from "../commands/command-context.ts";
import type { ReconcileFlags } from "../commands/reconcile.ts";
import { withWorker } from "../open-worker.ts";

/** `reconcile`: 0 all is well or was put right, 3 something is left, 1 held by the brake. */
export async function runReconcile(context: CommandContext, flags: ReconcileFlags): Promise<number> {
  const { output, signal } = context;
  const { fix, confirm, minAge, json } = flags;
  return await withWorker(context, "reconcile", async ({ client, holder }) => {
    const report = await client.checks.reconcile({
      ...{ bucket: flags.bucket ?? client.bucket, fix, confirm, minAgeMs: minAge, holder, signal },
      onFault: json
        ? (fault, settled) => output.out(`${JSON.stringify({ ...fault, ...settled })}\n`)
        : teller(output),
    });
    output.out(json ? `${JSON.stringify(report)}\n` : describe(report));
    if (report.held !== null) return 1;
    return isClean(report) ? 0 : 3;
  });
}

const TOLD_MAX = 100;

function teller({ out }: Output): (fault: CatalogueFault, settled: Settled | undefined) => void {
  let told = 0;
  return (fault, settled) => {
    told += 1;
    if (told <= TOLD_MAX) out(`${lineOf(fault, settled)}\n`);
    if (told === TOLD_MAX) out("… more are counted below; --json names them all\n");
  };
}

const KINDS: Record<CatalogueFault["kind"], string> = {
  no_row: "has no row",
  tombstone: "lies at the path of a purged capture",
  no_object: "has a row and no object",
  size_differs: "is of another size than its row says",
  thumbnail_differs: "has a row that does not tell of its thumbnail as it is",
  thumbnail_alone: "is a thumbnail without its capture",
  found_again: "was missing and is back",
};

function lineOf({ path, kind }: CatalogueFault, settled: Settled | undefined): string {
  const why = settled && "why" in settled ? ` (${settled.why})` : "";
  return `${path} ${KINDS[kind]}${settled ? `: ${settled.action}${why}` : ""}`;
}

function isClean({ fix, found, left, drifted, faulty }: ReconcileReport): boolean {
  if (faulty > 0 || left > 0) return false;
  const { found_again: _back, ...wrong } = found;
  return fix || (drifted === 0 && Object.values(wrong).every((count) => count === 0));
}

function describe(report: ReconcileReport): string {
  const { bucket, objects, rows, thumbnails, young, found, fix, drifted, faulty, devicesMade, held } = report;
  const lines = [
    `${bucket}: ${countText(objects, "object")}, ${countText(rows, "row")}, ${countText(thumbnails, "thumbnail")}.`,
    ...Object.entries(found).flatMap(([kind, files]) =>
      files > 0 ? [`  ${countText(files)}: ${KINDS[kind as CatalogueFault["kind"]]}`] : [],
    ),
  ];
  if (young > 0) lines.push(`  ${countText(young)} too young to judge`);
  if (drifted > 0)
    lines.push(`  ${countText(drifted, "counter")} ${fix ? "repaired" : "not what the rows say"}`);
  if (fix) {
    const { adopted, trashed, removed, left, thumbnailsSet } = report;
    lines.push(
      `Adopted ${countText(adopted)}, moved to the trash ${countText(trashed)}, removed ${countText(removed)}, left ${countText(left)}; thumbnails set ${countText(thumbnailsSet)}.`,
    );
  }
  if (devicesMade.length > 0) lines.push(`Devices made, retired: ${devicesMade.join(", ")}`);
  if (faulty > 0) {
    lines.push(
      `${countText(faulty, "capture")} without the object that was catalogued. A Pi that still has the file sends it again; see docs/reconcile.md.`,
    );
  }
  if (held !== null) lines.push(`Held by the brake: it ${held}.`, "To do it all the same: add --confirm.");
  else if (!fix && !isClean(report)) lines.push("To put right what can be: pilab-retention reconcile --fix");
  return `${lines.join("\n")}\n`;
}
