import { ansi } from "./ansi.ts";
import { fitLine, line, type Screen, tone } from "./line.ts";
import type { Lab } from "./read-lab.ts";
import { VIEWS } from "./views/views.ts";

/** Settings of {@link plainReport}. */
export interface PlainOptions extends Screen {
  readonly colour: boolean;
  /** The server's host. */
  readonly address: string;
}

/** The latest captures are many, and a report is read from its top. */
const LINES_MAX = 12;

/** Everything as text, one view below the other: for a mail, a log, a look over SSH. */
export function plainReport(lab: Lab, { colour, address, ...screen }: PlainOptions): string {
  const { read_at, usage } = lab.overview;
  const at = `${read_at.slice(0, 19).replace("T", " ")} UTC`;
  const lines = [
    line(tone("strong", "PiLab"), `  ${address}  ${usage.bucket_id}  ${at}`),
    ...VIEWS.flatMap(({ title, lines, hasTitles }) => {
      const all = lines(lab, screen, Date.parse(read_at));
      const shown = all.slice(0, title === "Captures" ? LINES_MAX : undefined);
      return [[], ...(hasTitles ? [line(tone("strong", title))] : []), ...shown];
    }),
  ];
  return lines.map((parts) => `${ansi(fitLine(parts, screen), colour)}\n`).join("");
}
