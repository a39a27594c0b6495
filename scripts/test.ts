// `npm test`: every check, then every test; the last line counts what the test runner itself reported.
// Arguments narrow the tests (`npm test -- packages/retry`) and leave the checks out.
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { findOrInstallBrowser } from "./browser.ts";
import { readReport, summaryLine } from "./test-report.ts";

const REPORT = "test-results/vitest.json";

const checks: [name: string, command: string[]][] = [
  ["format and lint", ["biome", "check", "."]],
  ["type-aware lint", ["oxlint", "--type-aware"]],
  ["package boundaries", ["turbo", "boundaries"]],
  ["unused code", ["knip"]],
  ["workspace", ["sherif"]],
  ["types", ["turbo", "run", "typecheck"]],
  ["database types are current", ["node", "packages/schema/scripts/generate-database-types.ts", "--check"]],
];

const filters = process.argv.slice(2);
const failed: string[] = [];
let browser: string;
try {
  browser = findOrInstallBrowser();
} catch (error) {
  console.error((error as Error).message);
  process.exit(2);
}

for (const [name, command] of filters.length > 0 ? [] : checks) {
  const started = performance.now();
  const result = spawnSync(command[0] as string, command.slice(1), { encoding: "utf8", maxBuffer: 1 << 28 });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  if (result.status === 0) console.log(`ok    ${name} (${seconds} s)`);
  else {
    failed.push(name);
    console.log(`FAIL  ${name} (${seconds} s): ${command.join(" ")}\n${result.stdout}${result.stderr}`);
  }
}

rmSync("test-results", { recursive: true, force: true });
mkdirSync("test-results", { recursive: true });
const run = spawnSync(
  "vitest",
  [
    "run",
    // Said here, as projects do not inherit it: of two cores Vitest by itself uses one.
    `--maxWorkers=${Math.max(2, availableParallelism() - 1)}`,
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${REPORT}`,
    ...(process.env.PILAB_COVERAGE ? ["--coverage"] : []),
    ...filters,
  ],
  {
    stdio: "inherit",
    env: {
      ...process.env,
      CHROMIUM_PATH: browser,
      // Hundreds of workers, and of programs that tests start, load the same modules. Not where lines are counted: compiled
      // code that was kept counts less exactly.
      ...(!process.env.PILAB_COVERAGE && { NODE_COMPILE_CACHE: resolve("node_modules/.cache/compiled") }),
    },
  },
);

const counts = readReport(REPORT);
if (failed.length > 0) console.log(`checks that failed: ${failed.join(", ")}`);
console.log(summaryLine(counts));
process.exit(run.status === 0 && counts.failed === 0 && failed.length === 0 ? 0 : 1);
