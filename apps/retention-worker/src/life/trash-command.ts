import { PilabError } from "@pilab/schema";
import { bytesText, countText, createGrace, type TrashedCapture } from "@pilab/storage-core";
import type { CommandContext } from "../commands/command-context.ts";
import type { TrashFlags } from "../commands/trash.ts";
import { withWorker } from "../open-worker.ts";
import { describeRun, exitCodeOf, timeText } from "../run/describe-run.ts";
import { dryRun, runRetention } from "../run/run-retention.ts";

const DAY_MS = 86_400_000;

/** Lists the trash. */
export async function listTrash(context: CommandContext, flags: TrashFlags): Promise<number> {
  return await withWorker(context, "trash list", async ({ client, environment }) => {
    const bucket = flags.bucket ?? environment.storage.bucket;
    const { json, limit = json ? Number.POSITIVE_INFINITY : 50 } = flags;
    const graceOf = createGrace(await client.retention.policies.list(context.signal));
    let shown = 0;
    for await (const capture of client.retention.trash({ bucket, signal: context.signal })) {
      if (shown === limit) {
        context.output.out(`and more: --limit shows more than ${countText(limit)}\n`);
        break;
      }
      shown += 1;
      const graceEnds = Date.parse(capture.deleted_at) + graceOf(capture) * DAY_MS;
      const grace_ends_at = new Date(graceEnds).toISOString();
      context.output.out(
        json ? `${JSON.stringify({ ...capture, grace_ends_at })}\n` : lineOf(capture, grace_ends_at),
      );
    }
    if (shown === 0 && !json) context.output.out(`The trash of ${bucket} is empty.\n`);
    return 0;
  });
}

function lineOf(capture: TrashedCapture, graceEndsAt: string): string {
  const { id, object_path, size_bytes, deleted_at, delete_reason, pinned_at, purging_at } = capture;
  const next =
    purging_at !== null
      ? "its purge has begun"
      : pinned_at !== null
        ? "pinned"
        : `until ${timeText(graceEndsAt)}`;
  return `${id}  ${object_path}  ${bytesText(size_bytes)}  since ${timeText(deleted_at)}, ${next}  ${delete_reason ?? "no reason given"}\n`;
}

/** Purges what is past its grace; without `--yes` it only says what that is. */
export async function emptyTrash(context: CommandContext, flags: TrashFlags): Promise<number> {
  return await withWorker(context, "trash empty", async (worker) => {
    const bucket = flags.bucket ?? worker.environment.storage.bucket;
    const request = { bucket, scope: { purge_only: true } as const, stopEnds: true, signal: context.signal };
    if (!flags.yes) {
      const { plan } = await dryRun(worker, request);
      const { files, bytes } = plan.due as { files: number; bytes: number };
      throw new PilabError(
        "invalid_input",
        `trash empty would purge ${countText(files, "capture")}, ${bytesText(bytes)}, and there is no way back`,
        { hint: "Say --yes to do it. What is still in its grace stays in any case." },
      );
    }
    const runs = await runRetention(worker, request);
    for (const run of runs) context.output.out(flags.json ? `${JSON.stringify(run)}\n` : describeRun(run));
    return exitCodeOf(runs);
  });
}
