import { PilabError } from "@pilab/schema";
import { readKeys } from "../data-dir.ts";
import { whoRuns } from "../lock.ts";
import { commandFor, type Io, table } from "./io.ts";

/** `pilab-local keys`: for people, for a program (`json`), or for an .env file (`env`). */
export async function keys(
  { dataDir, json, env }: { dataDir: string; json?: boolean; env?: boolean },
  io: Io,
): Promise<void> {
  const found = await readKeys(dataDir);
  if (!found) {
    throw new PilabError("not_found", `${dataDir} has no keys yet`, {
      hint: `They are made by: ${commandFor("start", dataDir)}`,
    });
  }
  const { anonKey, serviceRoleKey, jwtSecret } = found;
  const url = (await whoRuns(dataDir))?.url;
  if (json) {
    io.out(JSON.stringify({ url: url ?? null, ...found }, null, 2));
  } else if (env) {
    io.out(`SUPABASE_URL=${url ?? ""}`);
    if (url === undefined)
      io.err(`It does not run, so it has no URL. Start it with: ${commandFor("start", dataDir)}`);
    io.out(`SUPABASE_ANON_KEY=${anonKey}`);
    io.out(`SUPABASE_SERVICE_ROLE_KEY=${serviceRoleKey}`);
  } else {
    const rows = table([
      ["URL", url ?? "not running"],
      ["Anon key", anonKey],
      ["Service key", serviceRoleKey],
      ["JWT secret", jwtSecret],
    ]);
    for (const line of rows) io.out(line);
  }
  io.err("");
  io.err(
    "The anon key is public. The service key passes by every rule, and the JWT secret makes any key: keep both on this",
  );
  io.err("machine, out of files that you commit, and never on a Pi, which signs in with its own account.");
}
