import { bytesText, countText, type ScrubReport } from "@pilab/storage-core";
import type { CommandContext } from "../commands/command-context.ts";
import type { ScrubFlags } from "../commands/scrub.ts";
import { withWorker } from "../open-worker.ts";

/** `scrub`: 1 when a capture is not what was catalogued, whichever run found it. */
export async function runScrub(
  { output, signal, ...context }: CommandContext,
  flags: ScrubFlags,
): Promise<number> {
  const { sample, maxBytes, json } = flags;
  return await withWorker({ output, signal, ...context }, "scrub", async ({ client }) => {
    const report = await client.checks.scrub({
      ...{ bucket: flags.bucket ?? client.bucket, sample, maxBytes, signal },
      onFault: (fault) =>
        output.out(
          json
            ? `${JSON.stringify(fault)}\n`
            : `${fault.object_path}: ${fault.outcome}${fault.detail ? `, ${fault.detail}` : ""}\n`,
        ),
    });
    output.out(json ? `${JSON.stringify(report)}\n` : describe(report));
    return report.faulty > 0 ? 1 : 0;
  });
}

function describe({
  bucket,
  ok,
  mismatch,
  missing,
  unreadable,
  bytes,
  roundEnded,
  faulty,
}: ScrubReport): string {
  const read = ok + mismatch + missing + unreadable;
  const lines = [
    `${bucket}: read ${countText(read, "capture")} back (${bytesText(bytes)}), ${countText(ok)} as catalogued.`,
  ];
  if (read === 0) lines.push("Today's share was read before, or there is nothing to read.");
  if (mismatch > 0) lines.push(`  ${countText(mismatch)} hold other bytes`);
  if (missing > 0) lines.push(`  ${countText(missing)} have no object`);
  if (unreadable > 0) lines.push(`  ${countText(unreadable)} cannot be read`);
  if (roundEnded) lines.push("A round through the whole bucket is done; the next one has begun.");
  if (faulty > 0)
    lines.push(`${countText(faulty, "capture")} wrong now, by all runs so far: see docs/reconcile.md.`);
  return `${lines.join("\n")}\n`;
}
