import stringWidth from "string-width";

/** What a piece of text says by its colour; the words say it too, for who sees none. */
export type Tone = "plain" | "dim" | "strong" | "good" | "warn" | "bad";

/** A piece of a line. */
export interface Segment {
  readonly text: string;
  readonly tone: Tone;
}

/** One line of the screen. */
export type Line = readonly Segment[];

/** How the screen is. */
export interface Screen {
  readonly width: number;
  readonly unicode: boolean;
}

/** Text in a tone. */
export function tone(name: Tone, text: string): Segment {
  return { text: visible(text), tone: name };
}

/** A line of texts and segments. */
export function line(...parts: (string | Segment)[]): Line {
  return parts.map((part) => (typeof part === "string" ? tone("plain", part) : part));
}

/** The columns that text takes on a terminal. */
export const widthOf = (text: string): number => stringWidth(text);

/** Text that takes exactly `width` columns: cut, which shows, or filled up with blanks. */
export function fit(text: string, width: number, { unicode = true, right = false } = {}): string {
  const shown = visible(text);
  if (widthOf(shown) <= width) {
    const blanks = " ".repeat(width - widthOf(shown));
    return right ? blanks + shown : shown + blanks;
  }
  const mark = unicode ? "…" : "~";
  let kept = "";
  for (const { segment } of graphemes.segment(shown)) {
    if (widthOf(kept + segment) > width - 1) break;
    kept += segment;
  }
  return width <= 0 ? "" : fit(kept + mark, width, { unicode, right });
}

/** A line that takes at most `width` columns. */
export function fitLine(parts: Line, { width, unicode }: Screen): Line {
  const kept: Segment[] = [];
  let left = width;
  for (const segment of parts) {
    const needed = widthOf(segment.text);
    if (needed <= left) {
      kept.push(segment);
      left -= needed;
    } else {
      if (left > 0) kept.push({ ...segment, text: fit(segment.text, left, { unicode }) });
      break;
    }
  }
  return kept;
}

/** Pieces, with a blank between them, over as many lines as they need; no piece is broken that fits on a line. */
export function wrap(pieces: Line, width: number): Line[] {
  const lines: Segment[][] = [[]];
  let used = 0;
  for (const piece of pieces) {
    const needed = widthOf(piece.text);
    if (used > 0 && used + 1 + needed > width) {
      lines.push([]);
      used = 0;
    }
    if (used > 0) lines.at(-1)?.push(tone("plain", " "));
    lines.at(-1)?.push(piece);
    used += (used > 0 ? 1 : 0) + needed;
  }
  return lines;
}

/** The words of a text, to be wrapped. */
export function words(name: Tone, text: string): Line {
  return text.split(" ").map((word) => tone(name, word));
}

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/** Names come from people and errors from anywhere: what would move the cursor is shown as a blank. */
function visible(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach the terminal
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]+/g, " ");
}
