import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Command, Option } from "commander";
import { describe, expect, test } from "vitest";
import { createProgram } from "./program.ts";

const newProgram = () =>
  createProgram(new Proxy({}, { get: () => async () => {} }) as Parameters<typeof createProgram>[0]);
const read = (path: string) => readFileSync(join(import.meta.dirname, "../../..", path), "utf8");
const readme = read("apps/uploader/README.md");

const named = (name: string) => newProgram().commands.find((command) => command.name() === name) as Command;
const ofRun = new Set(named("run").options.map(({ long }) => long));
const documented = ["run", "capture", "install", "upload"].flatMap((name) =>
  named(name)
    // The README says of `install` that it takes the options of `run` besides.
    .options.filter(({ long }) => name !== "install" || !ofRun.has(long))
    .map((option) => ({ name, flags: option.flags, option })),
);

/** The row of an option, in the table under the heading that names its command. */
function rowOf(name: string, { long }: Option): string {
  const section = readme.split(/^(?=## )/m).find((text) => new RegExp(`^## .*\\b${name}\\b`).test(text));
  return section?.split("\n").find((line) => new RegExp(`^\\| [^|]*${long}\\b`).test(line)) ?? "";
}

describe("the README's tables", () => {
  test.each(documented)(
    "have a row of $name $flags, with the default that its help tells",
    ({ name, option }) => {
      const row = rowOf(name, option);
      expect(row).not.toBe("");
      const [, told = ""] = /\(default: ([^)]+)\)$/.exec(option.description) ?? [];
      for (const word of told.split(/[\s,]+/)) expect(row).toContain(word);
    },
  );

  const withValue = documented.filter(({ name, option }) => option.required && /run|capture/.test(name));
  test.each(withValue)("show $name $flags by an example, or all its choices", ({ name, option }) => {
    const code = rowOf(name, option).split("`");
    const isExample = (text: string) => text.startsWith(`${option.long} `) && !text.includes("<");
    const choices = option.argChoices ?? [];
    const showsAll = choices.length > 0 && choices.every((choice) => code.includes(choice));
    expect(code.some(isExample) || showsAll).toBe(true);
  });
});

/** The commands that a guide shows, as a shell would cut them; what stands for something else is left out. */
function commandLines(text: string): string[][] {
  const shown = /(?:^|`)(?:sudo (?:-u \S+ )?)?(?:bin\/)?pilab-uploader ([^`\n#|;]+)/gm;
  return [...text.replaceAll("\\\n", " ").matchAll(shown)]
    .map(([, line = ""]) => line.match(/"[^"]*"|\S+/g)?.map((word) => word.replaceAll('"', "")) ?? [])
    .filter((words) => !words.some((word) => /[<[…]|^--(?:version|help)$/.test(word)));
}

test.each(["apps/uploader/README.md", "docs/pi.md"])(
  "%s shows only commands that the program knows",
  (path) => {
    const lines = commandLines(read(path));
    expect(lines.length).toBeGreaterThan(5);
    for (const words of lines) {
      const program = newProgram();
      for (const command of [program, ...program.commands])
        command.exitOverride().configureOutput({ writeErr: () => {} });
      expect(() => program.parse(words, { from: "user" }), words.join(" ")).not.toThrow();
    }
  },
);
