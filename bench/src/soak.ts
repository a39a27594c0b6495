// `npm run bench:soak`: the agent as a process, killed at random moments, and then the books. Takes about half an hour.
import { tmpdir } from "node:os";
// @boundaries-ignore the bench measures the app itself, as its own suites drive it
import { closeTheBooks } from "../../apps/uploader/test/agent/books.ts";
// @boundaries-ignore the bench measures the app itself, as its own suites drive it
import { killUntilDone } from "../../apps/uploader/test/agent/kill-run.ts";
// @boundaries-ignore the bench measures the app itself, as its own suites drive it
import { spoil, startAgentLab } from "../../apps/uploader/test/agent/lab.ts";
import { agentWithTestTimes } from "./agent-program.ts";

const KILLS = Number(process.env.PILAB_SOAK_KILLS ?? 500);
const FILES = Number(process.env.PILAB_SOAK_FILES ?? 2000);
const AWAY_MS = Number(process.env.PILAB_SOAK_AWAY_S ?? 60) * 1000;

const NAMES: Record<string, string> = {
  lost: "files without a row",
  wrongRows: "rows twice, or of no file",
  wrongObjects: "objects missing or of other bytes",
  orphans: "objects without a row",
  freedWithoutProof: "copies freed without proof",
};

console.log(
  `node ${process.version}, ${process.arch}: ${KILLS} kills over ${FILES} files, server: local-supabase`,
);
const program = await agentWithTestTimes();
for (const share of [0, 0.3]) await soak(share);

/** One soak, with a share of requests that fail; in its middle the server is away for a while. */
async function soak(share: number): Promise<void> {
  const startedAt = performance.now();
  const lab = await startAgentLab("pi-1", tmpdir(), program);
  try {
    if (share > 0) spoil(lab.proxy, share);
    await killUntilDone(lab, {
      kills: KILLS,
      files: FILES,
      flags: { keepLocal: "0" },
      lifeMs: 2000,
      lastMs: 20 * 60_000,
      onKill: (kills) => {
        if (kills === Math.floor(KILLS / 2)) goAway();
      },
    });
    const { statistics, ...books } = await closeTheBooks(lab);
    const { written, catalogued, freed, ...faults } = books;
    const minutes = ((performance.now() - startedAt) / 60_000).toFixed(1);
    console.log(
      `\n${share * 100} % of requests failed; the server away for ${AWAY_MS / 1000} s; ${minutes} minutes`,
    );
    console.log(`  requests through the proxy         ${lab.proxy.requests.length}`);
    console.log(`  finished files                     ${written}`);
    console.log(`  rows in the catalogue              ${catalogued}`);
    console.log(`  local copies freed                 ${freed}`);
    console.log(
      `  counted by the server              ${statistics.ok} ok, ${statistics.duplicate} duplicate`,
    );
    for (const [name, list] of Object.entries(faults)) {
      console.log(`  ${NAMES[name]?.padEnd(35) ?? name}${list.length}`);
      if (list.length > 0) console.log(`    ${list.slice(0, 10).join("\n    ")}`);
    }
    const isClosed =
      written === FILES && catalogued === FILES && Object.values(faults).every((list) => list.length === 0);
    console.log(isClosed ? "  the account is closed" : "  THE ACCOUNT IS OPEN");
    if (!isClosed) process.exitCode = 1;
  } finally {
    await lab.stop();
  }

  function goAway(): void {
    const back = lab.proxy.inject({ fault: { kind: "reset" } });
    setTimeout(back, AWAY_MS);
  }
}
