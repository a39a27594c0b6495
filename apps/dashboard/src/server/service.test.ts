import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";

test("one module alone reads the service key, and one more the environment", async () => {
  const src = join(import.meta.dirname, "..");
  const readers: Record<string, string[]> = { key: [], environment: [] };
  for (const entry of await readdir(src, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !/(?<!\.test)\.tsx?$/.test(entry.name)) continue;
    const path = join(entry.parentPath, entry.name);
    const text = await readFile(path, "utf8");
    const name = path.slice(src.length + 1);
    // The schemas that have it in them, a variable's name in code, and the whole environment given away.
    if (/\bsupabase(Service)?Env\b|process\.env\W+SUPABASE/.test(text)) readers.key?.push(name);
    if (/process\.env\b(?!\.(NODE_ENV|NEXT_RUNTIME|HOSTNAME)\b)/.test(text)) readers.environment?.push(name);
  }
  expect(readers).toEqual({ key: ["server/service.ts"], environment: ["env.ts", "server/service.ts"] });
});
