import { Presets, SingleBar } from "cli-progress";
import { type Output, type Reporter, summaryText } from "./reporter.ts";
import { sizeText } from "./words.ts";

const ERASE_BELOW = "\u001b[J";

/** A progress bar for a terminal, on stderr. What needs attention is counted in it and listed by the summary. */
export function createBarReporter(output: Output, { dryRun = false } = {}): Reporter {
  const bar = new SingleBar(
    {
      format: " {bar} {value}/{total} files  {sent}{problems}",
      barsize: 30,
      hideCursor: true,
      clearOnComplete: true,
      emptyOnZero: true,
    },
    Presets.shades_classic,
  );
  const done = { files: 0, bytes: 0, problems: 0 };
  let total = 0;
  const payload = () => ({
    sent: `${sizeText(done.bytes)} ${dryRun ? "to send" : "sent"}`,
    problems: done.problems === 0 ? "" : `  ${done.problems} with problems`,
  });
  bar.start(0, 0, payload());
  const stop = () => {
    bar.stop();
    // The bar goes back to where it began: what a signal was answered with stands below, and would show through.
    output.err(ERASE_BELOW);
  };
  return {
    total(files) {
      total = files;
      bar.setTotal(Math.max(total, done.files));
    },
    file(outcome) {
      done.files += 1;
      if (outcome.outcome === "uploaded") done.bytes += outcome.sizeBytes;
      if (outcome.error !== undefined) done.problems += 1;
      bar.setTotal(Math.max(total, done.files));
      bar.update(done.files, payload());
    },
    stop,
    end(summary, account) {
      stop();
      output.out(`${summaryText(summary, account, dryRun)}\n`);
    },
  };
}
