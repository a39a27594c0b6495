"use client";
import { ActionIcon, TextInput } from "@mantine/core";
import { IconArrowBarToUp } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type CSSProperties, useEffect, useMemo, useRef, useState } from "react";
import { useZone } from "../../../components/time.tsx";
import type { CaptureFilter } from "../../../lib/capture-filter.ts";
import { useTRPC } from "../../../lib/trpc.ts";
import { dayIn } from "../../../lib/zoned.ts";
import { dayAt, dayFrom, dayNumber, railMarks } from "./gallery-days.ts";
import classes from "./timeline.module.css";

/** So long after the last key or movement a day is meant. */
const MEANT_MS = 400;
/** A rail over fewer days than this says nothing. */
const RAIL_DAYS = 3;
const SPAN_HOLDS_MS = 5 * 60_000;

/**
 * Where in time the gallery is, and the way to another day: a date that can be set, and on a wide screen a rail over all that the
 * filters give. `seenDay`: that of the capture at the top of the screen.
 */
export function Timeline({
  filter,
  seenDay,
  isNewest,
  onJump,
}: {
  filter: CaptureFilter;
  seenDay: string | undefined;
  /** Whether the newest is at the top of the screen. */
  isNewest: boolean;
  /** undefined: to the newest. */
  onJump: (day: string | undefined) => void;
}) {
  const trpc = useTRPC();
  const { timeZone } = useZone();
  const { data: span } = useQuery(trpc.captures.span.queryOptions(filter, { staleTime: SPAN_HOLDS_MS }));
  const oldest = span ? dayAt(span.oldest, timeZone) : undefined;
  const newest = span ? dayAt(span.newest, timeZone) : undefined;
  const { draft, mean, hold, release } = useMeant((day) =>
    onJump(newest !== undefined && day >= newest ? undefined : day),
  );
  const day = draft ?? seenDay ?? newest ?? "";

  return (
    <>
      <div className={classes.bar}>
        <TextInput
          type="date"
          aria-label="Go to a day"
          size="sm"
          value={day}
          min={oldest}
          max={newest}
          onChange={({ currentTarget: { value } }) => {
            if (oldest !== undefined && value >= oldest) mean(value);
          }}
        />
        {!isNewest && (
          <ActionIcon
            variant="default"
            size={36}
            aria-label="Newest"
            title="Newest"
            onClick={() => onJump(undefined)}
          >
            <IconArrowBarToUp size={18} />
          </ActionIcon>
        )}
      </div>
      {oldest !== undefined && newest !== undefined && dayNumber(newest) - dayNumber(oldest) >= RAIL_DAYS && (
        <Rail
          oldest={oldest}
          newest={newest}
          day={day}
          isMeant={draft !== undefined}
          onChange={mean}
          onHold={hold}
          onRelease={release}
        />
      )}
    </>
  );
}

function Rail({
  oldest,
  newest,
  day,
  isMeant,
  onChange,
  onHold,
  onRelease,
}: {
  oldest: string;
  newest: string;
  day: string;
  isMeant: boolean;
  onChange: (day: string) => void;
  onHold: () => void;
  onRelease: () => void;
}) {
  const marks = useMemo(() => railMarks(oldest, newest), [oldest, newest]);
  const [from, to] = [dayNumber(oldest), dayNumber(newest)];
  const place = (of: string) => ({ "--at": (to - dayNumber(of)) / (to - from) }) as CSSProperties;
  const shown = day < oldest ? oldest : day > newest ? newest : day;
  const words = dayIn(`${shown}T12:00Z`, "UTC");
  return (
    <div className={classes.rail}>
      {marks.map(({ day, label }) => (
        <span key={day} className={classes.mark} style={place(day)} aria-hidden>
          {label}
        </span>
      ))}
      {isMeant && (
        <span className={classes.meant} style={place(shown)} aria-hidden>
          {words}
        </span>
      )}
      <input
        type="range"
        className={classes.range}
        aria-label="Time"
        aria-orientation="vertical"
        aria-valuetext={words}
        min={from}
        max={to}
        value={dayNumber(shown)}
        onChange={({ currentTarget }) => onChange(dayFrom(currentTarget.valueAsNumber))}
        onPointerDown={onHold}
        onPointerUp={onRelease}
        onPointerCancel={onRelease}
      />
    </div>
  );
}

/** A day in the making: it is meant when it stays for a moment and no finger holds it. */
function useMeant(onMeant: (day: string) => void) {
  const [draft, setDraft] = useState<string>();
  const isHeld = useRef(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const settle = (day: string | undefined, afterMs: number) => {
    clearTimeout(timer.current);
    if (day === undefined || isHeld.current) return;
    timer.current = setTimeout(() => {
      setDraft(undefined);
      onMeant(day);
    }, afterMs);
  };
  return {
    draft,
    mean(day: string) {
      setDraft(day);
      settle(day, MEANT_MS);
    },
    hold() {
      isHeld.current = true;
    },
    release() {
      isHeld.current = false;
      settle(draft, 0);
    },
  };
}
