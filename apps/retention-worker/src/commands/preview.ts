import { type Command, InvalidArgumentError } from "commander";
import type { Start } from "./command-context.ts";

/** `preview`. */
export function addPreview(program: Command, start: Start): void {
  program
    .command("preview")
    .description("What each policy would remove and free over time, and when the bucket would be full.")
    .option("--bucket <name>", "default: STORAGE_BUCKET")
    .option("--days <days>", "how far to look, 1 to 366", days, 90)
    .option("--json", "one JSON object instead of text")
    .action(
      start(async (context, flags: { bucket?: string; days: number; json?: boolean }) => {
        const { withWorker } = await import("../open-worker.ts");
        const { previewRetention } = await import("../preview/preview-retention.ts");
        const { describePreview } = await import("../preview/describe-preview.ts");
        const preview = await withWorker(context, "preview", (worker) =>
          previewRetention(worker, {
            bucket: flags.bucket ?? worker.environment.storage.bucket,
            days: flags.days,
            signal: context.signal,
          }),
        );
        context.output.out(flags.json ? `${JSON.stringify(preview)}\n` : describePreview(preview));
        return 0;
      }),
    );
}

function days(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= 366) return value;
  throw new InvalidArgumentError("It wants a whole number from 1 to 366.");
}
