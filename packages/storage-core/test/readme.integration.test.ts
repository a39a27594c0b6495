import { execFile } from "node:child_process";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type Project, startProject } from "./start-project.ts";

vi.setConfig({ testTimeout: 60_000 });

const run = promisify(execFile);
const root = join(import.meta.dirname, "..");
let project: Project;
beforeAll(async () => {
  project = await startProject();
}, 120_000);
afterAll(() => project?.stop());

/** The README's programs by the name in their first line. */
async function programs(): Promise<Record<string, string>> {
  const readme = await readFile(join(root, "README.md"), "utf8");
  const blocks = [...readme.matchAll(/```js\n(\/\/ ([\w-]+\.mjs).*?)```/gs)];
  return Object.fromEntries(blocks.map(([, code, name]) => [name, code as string]));
}

test("the README's first programs work as written", async () => {
  const { folder, supabase } = project;
  await mkdir(join(folder, "node_modules/@pilab"), { recursive: true });
  await symlink(root, join(folder, "node_modules/@pilab/storage-core"));
  for (const [name, code] of Object.entries(await programs())) await writeFile(join(folder, name), code);
  await project.file("frame.jpg", await project.picture());
  const env = { ...process.env, SUPABASE_URL: supabase.url, SUPABASE_ANON_KEY: supabase.anonKey };
  const node = async (script: string, more: Record<string, string>) =>
    (await run(process.execPath, [script], { cwd: folder, env: { ...env, ...more } })).stdout;

  const printed = await node("make-device.mjs", { SUPABASE_SERVICE_ROLE_KEY: supabase.serviceRoleKey });
  const account = Object.fromEntries(
    printed
      .trim()
      .split("\n")
      .map((line) => line.split("=") as [string, string]),
  );
  expect(Object.keys(account)).toEqual(["PILAB_EMAIL", "PILAB_PASSWORD"]);
  expect(await node("upload.mjs", account)).toMatch(
    /^uploaded greenhouse-1\/\d{4}\/\d\d\/\d\d\/\d{6}-[0-9a-f]{12}\.jpg etag\n.+ frame\.jpg [\d.]+\n$/,
  );
  expect(await node("upload.mjs", account)).toMatch(/^duplicate greenhouse-1\//);
});
