import { join } from "node:path";
import { expect, test } from "vitest";
import { defaultDataDir } from "../data-dir.ts";
import { commandFor } from "./io.ts";

test.each([
  [defaultDataDir({}), "pilab-local start"],
  ["/srv/pilab", "pilab-local start --data-dir /srv/pilab"],
  ["here", `pilab-local start --data-dir ${join(process.cwd(), "here")}`],
  ["/srv/it's ours", "pilab-local start --data-dir '/srv/it'\\''s ours'"],
])("a command for data folder %j is one that any terminal takes", (dataDir, command) => {
  expect(commandFor("start", dataDir)).toBe(command);
});
