import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const SOURCES = ["supabase/migrations", "packages/local-supabase/src"];

/** Changes with whatever a template database is made of: migrations, our sources, the versions in the lockfile. */
export async function templateKey(): Promise<string> {
  const hash = createHash("sha256").update(process.version);
  const files = ["pnpm-lock.yaml"];
  for (const folder of SOURCES) {
    for (const entry of await readdir(join(ROOT, folder), { recursive: true, withFileTypes: true })) {
      if (entry.isFile() && /\.(ts|sql)$/.test(entry.name) && !/\.test\.ts$/.test(entry.name)) {
        files.push(join(entry.parentPath, entry.name).slice(ROOT.length));
      }
    }
  }
  for (const file of files.sort())
    hash
      .update(file)
      .update("\0")
      .update(await readFile(join(ROOT, file)));
  return hash.digest("hex").slice(0, 16);
}
