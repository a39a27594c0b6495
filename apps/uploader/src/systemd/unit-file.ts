/** A unit file: sections with their settings, in order. A setting may come more than once; `undefined` is left out. */
export type UnitSections = Record<string, readonly (readonly [name: string, value: string | undefined])[]>;

/** Writes a unit file's text. Values are written as they are: quote what comes from outside. */
export function renderUnit(heading: string, sections: UnitSections): string {
  const blocks = Object.entries(sections).map(([section, settings]) =>
    [
      `[${section}]`,
      ...settings.flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`])),
    ].join("\n"),
  );
  return `${heading
    .split("\n")
    .map((line) => `# ${line}`)
    .join("\n")}\n${blocks.join("\n\n")}\n`;
}

/** A command line for ExecStart: systemd would unfold `%` and `$`, and split at spaces. */
export function execLine(program: string, args: readonly string[]): string {
  return [program, ...args].map((word) => quoteWord(word.replaceAll("$", "$$$$"))).join(" ");
}

/** The words of a line that {@link execLine} wrote. */
export function parseExecLine(line: string): string[] {
  return Array.from(line.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g), ([, quoted, plain = ""]) =>
    (quoted?.replaceAll(/\\(.)/g, "$1") ?? plain).replaceAll("%%", "%").replaceAll("$$", "$"),
  );
}

/** One word of a setting that takes words, such as a path with a space. */
export function quoteWord(word: string): string {
  if (/[\n\r\0]/.test(word))
    throw new RangeError(`A unit file cannot hold a line break: ${JSON.stringify(word)}`);
  const plain = word.replaceAll("%", "%%");
  return /^[\w./:@,+={}%$-]+$/.test(plain) ? plain : `"${plain.replaceAll(/["\\]/g, "\\$&")}"`;
}
