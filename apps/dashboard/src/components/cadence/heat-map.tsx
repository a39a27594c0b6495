"use client";
import { Group, Text } from "@mantine/core";
import { type KeyboardEvent, memo, useRef, useState } from "react";
import type { CadenceDay, HourCell, Level } from "./cadence-days.ts";
import classes from "./heat-map.module.css";

const LEGEND: readonly (readonly [Level, string])[] = [
  ["full", "95 % or more"],
  ["most", "half or more"],
  ["few", "less than half"],
  ["none", "none came"],
  ["same", "the same picture again"],
  ["idle", "none expected"],
];
const HOURS = Array.from({ length: 24 }, (_, hour) => hour);
const MOVES: Readonly<Record<string, readonly [days: number, hours: number]>> = {
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  Home: [0, -24],
  End: [0, 24],
};

/**
 * Days and hours, coloured by how much of what was expected came. It is a table: a reader of the screen hears the numbers,
 * arrows walk over it, and the hour that has the focus or the pointer is told below.
 */
export function HeatMap({ days, caption }: { days: readonly CadenceDay[]; caption: string }) {
  const [place, setPlace] = useState<Place>({ day: days.length - 1, hour: 0 });
  const [told, setTold] = useState<Place>();
  const table = useRef<HTMLTableElement>(null);

  const onKeyDown = (event: KeyboardEvent) => {
    const move = MOVES[event.key];
    if (!move) return;
    event.preventDefault();
    const day = clamp(place.day + move[0], days.length - 1);
    const hour = clamp(place.hour + move[1], 23);
    setPlace({ day, hour });
    table.current?.querySelector<HTMLElement>(`[data-cell="${day}-${hour}"]`)?.focus();
  };
  const toldDay = told && days[told.day];
  const toldCell = toldDay?.hours[told?.hour ?? 0];

  return (
    <div>
      <table
        ref={table}
        // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a table whose cells are walked by arrows is a grid
        role="grid"
        className={classes.map}
        aria-label={caption}
        onKeyDown={onKeyDown}
        onPointerOver={({ target }) => setTold(placeOf(target))}
        onPointerLeave={() => setTold(undefined)}
        onFocus={({ target }) => {
          const at = placeOf(target);
          if (at) setPlace(at);
          setTold(at);
        }}
        onBlur={() => setTold(undefined)}
      >
        <thead>
          <tr>
            <td />
            {HOURS.map((hour) => (
              <th key={hour} scope="col">
                <span data-shown={hour % 6 === 0 || undefined}>{hour}</span>
                <span className={classes.heard}>:00</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {days.map((day, index) => (
            <DayRow
              key={day.date}
              day={day}
              index={index}
              reached={place.day === index ? place.hour : undefined}
            />
          ))}
        </tbody>
      </table>
      <Text size="sm" mt={6} mih={22} className="tabular" aria-hidden>
        {toldDay && toldCell && told
          ? `${toldDay.label}, ${told.hour}:00 to ${told.hour + 1}:00: ${cellWords(toldCell)}`
          : "Point at an hour, or walk to it by arrows, to see its number"}
      </Text>
      <Group gap="md" mt={4} aria-hidden>
        {LEGEND.map(([level, words]) => (
          <Group key={level} gap={6} wrap="nowrap">
            <span className={`${classes.swatch} ${classes.level}`} data-level={level} />
            <Text size="xs" c="dimmed">
              {words}
            </Text>
          </Group>
        ))}
      </Group>
    </div>
  );
}

/** Which hour of which day. */
interface Place {
  readonly day: number;
  readonly hour: number;
}

// By itself, and its words in plain elements: a map has hundreds of cells, and a pointer that passes over draws none of them.
const DayRow = memo(function DayRow({
  day: { label, hours },
  index,
  reached,
}: {
  day: CadenceDay;
  index: number;
  /** The hour that Tab reaches, in the one day that has it. */
  reached: number | undefined;
}) {
  return (
    <tr>
      <th scope="row" title={label}>
        {shortDay(label)}
      </th>
      {hours.map((cell, hour) => (
        <td
          key={HOURS[hour]}
          data-cell={`${index}-${hour}`}
          className={classes.level}
          data-level={cell.level}
          tabIndex={hour === reached ? 0 : -1}
        >
          <span className={classes.heard}>{cellWords(cell)}</span>
        </td>
      ))}
    </tr>
  );
});

function placeOf(target: EventTarget): Place | undefined {
  const cell = (target as Element).closest<HTMLElement>("[data-cell]");
  const [day, hour] = cell?.dataset.cell?.split("-").map(Number) ?? [];
  return day === undefined || hour === undefined ? undefined : { day, hour };
}

function cellWords({ received, repeats, expected }: HourCell): string {
  const again = repeats === 0 ? "" : `, ${repeats} ${repeats === 1 ? "was" : "were"} a picture again`;
  const came = received + repeats;
  if (expected === null) return `${came} received${again}`;
  if (expected === 0) return came === 0 ? "none expected" : `${came} received, none expected${again}`;
  return `${came} of ${expected < 10 ? Number(expected.toFixed(1)) : Math.round(expected)} expected${again}`;
}

/** `Mon 9` of `Monday 9 March 2026`. */
function shortDay(label: string): string {
  const [weekday = "", day = ""] = label.split(/,? /);
  return `${weekday.slice(0, 3)} ${day}`;
}

function clamp(value: number, most: number): number {
  return Math.max(0, Math.min(most, value));
}
