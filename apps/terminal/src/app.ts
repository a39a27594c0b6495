import { Box, Text, useApp, useInput, useWindowSize } from "ink";
import {
  createElement as h,
  type ReactNode,
  useEffect,
  useReducer,
  useState,
  useSyncExternalStore,
} from "react";
import { fit, fitLine, type Line, line, type Screen, type Tone, tone, widthOf } from "./line.ts";
import { helpView } from "./views/help.ts";
import { VIEWS } from "./views/views.ts";
import type { Watch, WatchState } from "./watch.ts";
import { duration } from "./words.ts";

// Without JSX: Node.js runs TypeScript as it is written here, and does not know JSX.

/** Settings of {@link App}. */
export interface AppProps {
  readonly watch: Watch;
  readonly colour: boolean;
  readonly unicode: boolean;
  /** The server's host. */
  readonly address: string;
}

const HEADER = 3;

/** The whole terminal: a header that says how old what is shown is, and one view that scrolls below it. */
export function App({ watch, colour, unicode, address }: AppProps): ReactNode {
  const { exit } = useApp();
  const { columns, rows } = useWindowSize();
  const state = useSyncExternalStore(watch.subscribe, watch.state);
  const [at, show] = useState(0);
  const [isHelp, setHelp] = useState(false);
  const [top, setTop] = useState(0);
  useTicks();

  const screen = { width: columns, unicode };
  const view = VIEWS[at] ?? VIEWS[0];
  const content = isHelp
    ? helpView()
    : view && state.lab
      ? view.lines(state.lab, screen, serverNow(state))
      : [];
  const titles = !isHelp && view?.hasTitles ? content.slice(0, 1) : [];
  const body = content.slice(titles.length);
  const room = Math.max(1, rows - 1 - HEADER - titles.length);
  const lowest = Math.max(0, body.length - room);
  const first = Math.min(top, lowest);

  const goTo = (next: number) => {
    show((next + VIEWS.length) % VIEWS.length);
    setHelp(false);
    setTop(0);
  };
  useInput((input, key) => {
    const scroll = (by: number) => setTop(Math.min(lowest, Math.max(0, first + by)));
    if (input === "q" || key.escape) exit();
    else if (/^[1-4]$/.test(input)) goTo(Number(input) - 1);
    else if (key.tab || key.rightArrow || key.leftArrow) goTo(at + (key.leftArrow || key.shift ? -1 : 1));
    else if (input === "?" || input === "h") setHelp(!isHelp);
    else if (input === "r") void watch.look();
    else if (key.downArrow || input === "j") scroll(1);
    else if (key.upArrow || input === "k") scroll(-1);
    else if (key.pageDown || input === " ") scroll(room);
    else if (key.pageUp) scroll(-room);
    else if (input === "g" || key.home) setTop(0);
    else if (input === "G" || key.end) setTop(lowest);
  });

  const lines = [
    header(state, address, screen),
    tabs(isHelp ? -1 : at, screen),
    [],
    ...titles,
    ...body.slice(first, first + room),
  ];
  const more = body.length - first - room;
  if (more > 0) lines[lines.length - 1] = line(tone("dim", `${more + 1} more: press down`));
  return h(
    Box,
    { flexDirection: "column", width: columns },
    ...lines.map((parts, row) => h(Row, { key: row, parts: fitLine(parts, screen), colour })),
  );
}

/** Draws anew each second: ages grow. */
function useTicks(): void {
  const [, tick] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    const timer = setInterval(tick, 1000);
    return () => clearInterval(timer);
  }, []);
}

/** The server's clock now: as it was at the last look, and what went by since. A local clock may be set meanwhile. */
function serverNow({ readAt }: WatchState): number {
  return readAt === undefined ? Date.now() : readAt.serverMs + performance.now() - readAt.monotonicMs;
}

function header(state: WatchState, address: string, { width, unicode }: Screen): Line {
  const { lab, readAt, error, isLooking } = state;
  const old = readAt && duration(performance.now() - readAt.monotonicMs);
  const name = `PiLab  ${address}  ${lab?.overview.usage.bucket_id ?? ""}`.trimEnd();
  if (error) {
    const since = old === undefined ? "Nothing read yet" : `${old} old`;
    return line(tone("bad", `${since}: ${error.message}`));
  }
  const right = isLooking ? "looking ..." : old === undefined ? "" : `read ${old} ago`;
  const left = fit(name, Math.max(0, width - widthOf(right) - 2), { unicode });
  return line(tone("strong", left), "  ", tone("dim", right));
}

function tabs(current: number, { width }: Screen): Line {
  const isNarrow = width < 64;
  const names = VIEWS.flatMap(({ title }, at) => {
    const text = isNarrow
      ? `${at + 1} ${title.slice(0, at === current ? undefined : 3)}`
      : `${at + 1} ${title}`;
    return [at === current ? tone("strong", `[${text}]`) : tone("plain", ` ${text} `)];
  });
  return line(...names, tone("dim", isNarrow ? " ? q" : "   ? help  q quit"));
}

const STYLES: Record<Tone, object> = {
  plain: {},
  dim: { dimColor: true },
  strong: { bold: true },
  good: { color: "green" },
  warn: { color: "yellow" },
  bad: { color: "red", bold: true },
};

function Row({ parts, colour }: { parts: Line; colour: boolean }): ReactNode {
  // An empty Text has no height.
  const shown = parts.length === 0 ? [tone("plain", " ")] : parts;
  return h(
    Text,
    { wrap: "truncate" },
    ...shown.map((part, at) => h(Text, { key: at, ...(colour && STYLES[part.tone]) }, part.text)),
  );
}
