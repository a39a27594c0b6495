"use client";
import { Group, Text, VisuallyHidden } from "@mantine/core";
import { type KeyboardEvent, useRef, useState } from "react";
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
  const [place, setPlace] = useState({ day: days.length - 1, hour: 0 });
  const [told, setTold] = useState<{ day: number; hour: number }>();
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
        onPointerLeave={() => setTold(undefined)}
      >
        <thead>
          <tr>
            <td />
            {HOURS.map((hour) => (
              <th key={hour} scope="col">
                <span data-shown={hour % 6 === 0 || undefined}>{hour}</span>
                <VisuallyHidden>:00</VisuallyHidden>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {days.map(({ date, label, hours }, day) => (
            <tr key={date}>
              <th scope="row" title={label}>
                {shortDay(label)}
              </th>
              {hours.map((cell, hour) => (
                <td
                  key={HOURS[hour]}
                  data-cell={`${day}-${hour}`}
                  className={classes.level}
                  data-level={cell.level}
                  tabIndex={place.day === day && place.hour === hour ? 0 : -1}
                  onPointerEnter={() => setTold({ day, hour })}
                  onFocus={() => {
                    setPlace({ day, hour });
                    setTold({ day, hour });
                  }}
                  onBlur={() => setTold(undefined)}
                >
                  <VisuallyHidden>{cellWords(cell)}</VisuallyHidden>
                </td>
              ))}
            </tr>
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
