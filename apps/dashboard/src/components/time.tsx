"use client";
import {
  createContext,
  type ReactNode,
  startTransition,
  useContext,
  useEffect,
  useMemo,
  useState,
  useSyncExternalStore,
} from "react";
import { serverNow } from "../lib/server-clock.tsx";
import { formatAge, formatTime, formatUtc } from "./format.ts";

/** In whose zone times are shown. */
export type ZoneChoice = "lab" | "viewer";

const COOKIE = "pilab_zone";

interface Zones {
  readonly choice: ZoneChoice;
  /** The zone in use, by its IANA name. */
  readonly timeZone: string;
  choose(choice: ZoneChoice): void;
}

const ZoneContext = createContext<Zones>({ choice: "lab", timeZone: "UTC", choose: () => {} });

/** The zone that times are shown in, and how to change it. */
export function useZone(): Zones {
  return useContext(ZoneContext);
}

/** The server renders in the lab's zone, as it cannot know the viewer's; the browser then changes to the one chosen. */
export function ZoneProvider({
  labZone,
  initial,
  children,
}: {
  labZone: string;
  initial: ZoneChoice;
  children: ReactNode;
}) {
  const [choice, setChoice] = useState(initial);
  const [inBrowser, setInBrowser] = useState(false);
  // Bit by bit: every time on the page is another then.
  useEffect(() => startTransition(() => setInBrowser(true)), []);
  const timeZone =
    choice === "viewer" && inBrowser ? Intl.DateTimeFormat().resolvedOptions().timeZone : labZone;
  // The same as long as nothing changed: every time on the page is drawn anew with it.
  const zones = useMemo(() => {
    const choose = (next: ZoneChoice) => {
      // biome-ignore lint/suspicious/noDocumentCookie: Cookie Store is not in every browser yet, and this one holds no secret.
      document.cookie = `${COOKIE}=${next}; path=/; max-age=31536000; samesite=lax`;
      setChoice(next);
    };
    return { choice, timeZone, choose };
  }, [choice, timeZone]);
  return <ZoneContext value={zones}>{children}</ZoneContext>;
}

/** A time in the zone that is chosen, with UTC and the age on hover. */
export function Time({ at }: { at: string | Date }) {
  const { timeZone } = useZone();
  const time = new Date(at);
  return (
    <time
      className="tabular"
      dateTime={time.toISOString()}
      title={`${formatUtc(time)} · shown in ${timeZone}`}
    >
      {formatTime(time, timeZone)}
    </time>
  );
}

/** How long ago, kept current; the time itself and UTC on hover. */
export function Age({ at }: { at: string | Date }) {
  const { timeZone } = useZone();
  const time = new Date(at);
  // The words are what is followed: "3 h ago" is drawn once an hour, not at every tick.
  const words = () => formatAge(time, tickMs());
  const age = useSyncExternalStore(onTick, words, words);
  return (
    <time
      className="tabular"
      dateTime={time.toISOString()}
      title={`${formatTime(time, timeZone)} ${timeZone} · ${formatUtc(time)}`}
      style={{ whiteSpace: "nowrap" }}
      suppressHydrationWarning
    >
      {age}
    </time>
  );
}

const TICK_MS = 5000;
const tickers = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

function onTick(listener: () => void): () => void {
  tickers.add(listener);
  timer ??= setInterval(() => {
    for (const tell of tickers) tell();
  }, TICK_MS);
  return () => {
    tickers.delete(listener);
    if (tickers.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** The time of day by the server's clock, to five seconds, from one timer for all that shows an age. */
export function useNow(): number {
  return useSyncExternalStore(onTick, tickMs, tickMs);
}

function tickMs(): number {
  return Math.floor(serverNow() / TICK_MS) * TICK_MS + TICK_MS;
}
