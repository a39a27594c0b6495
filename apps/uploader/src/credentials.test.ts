import { chmod, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { readCredentials, writeCredentials } from "./credentials.ts";

let folder: string;
let path: string;
const warnings: string[] = [];
const read = () => readCredentials(path, (message) => warnings.push(message));
const good = {
  url: "http://127.0.0.1:54321",
  anonKey: "anon",
  bucket: "pilab-dev",
  email: "pi-1@devices.pilab.invalid",
  password: "correct horse",
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pilab-credentials-"));
  path = join(folder, "pi-1.json");
  warnings.length = 0;
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

it("writes what only its owner can read, and reads it back", async () => {
  await writeCredentials(path, good);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await read()).toEqual(good);
  expect(warnings).toEqual([]);
});

it("warns of a file that others can read, with the command that mends it", async () => {
  await writeCredentials(path, good);
  await chmod(path, 0o644);
  await read();
  expect(warnings).toEqual([
    `others on this machine can read ${path}; make it yours alone: chmod 600 ${path}`,
  ]);
});

it("says that the file does not exist", async () => {
  await expect(read()).rejects.toMatchObject({
    code: "invalid_environment",
    message: `The credentials file ${path} does not exist`,
    hint: expect.stringContaining("docs/hosted-supabase.md"),
  });
});

it.each([
  [{ ...good, url: "ftp://x", email: "nobody" }, "is wrong: url, email"],
  [{ ...good, password: undefined }, "is wrong: password"],
  [{ ...good, serviceKey: "secret" }, "is wrong: serviceKey"],
  ["[]", "is wrong: no object"],
  ["{", "holds no JSON"],
])("names what is wrong with it, never a value: %j", async (content, how) => {
  await writeFile(path, typeof content === "string" ? content : JSON.stringify(content), { mode: 0o600 });
  await expect(read()).rejects.toMatchObject({ message: `The credentials file ${path} ${how}` });
});
