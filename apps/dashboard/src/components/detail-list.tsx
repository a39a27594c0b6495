"use client";
import { Code } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./detail-list.module.css";
import { Bytes, Count } from "./numbers.tsx";
import { Time } from "./time.tsx";

type Fields = Readonly<Record<string, unknown>>;

const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d/;

const UNIT = /_(c|s|h|ms)$/;
const UNITS: Readonly<Record<string, string>> = { c: "°C", s: "seconds", h: "hours", ms: "milliseconds" };

/** What a record says, a line a field, in the shape that its name asks for; a change as before → after. */
export function DetailList({ details }: { details: Fields }) {
  const { from, to, ...rest } = details;
  const changed = isRecord(from) && isRecord(to) ? { from, to } : undefined;
  const plain = changed ? rest : details;
  return (
    <dl className={classes.list}>
      {changed &&
        [...new Set([...Object.keys(changed.from), ...Object.keys(changed.to)])].map((name) => (
          <Line key={`changed ${name}`} name={name}>
            {name in changed.from && shown(name, changed.from[name])}
            {name in changed.from && name in changed.to && " → "}
            {name in changed.to && shown(name, changed.to[name])}
          </Line>
        ))}
      {Object.entries(plain).map(([name, value]) => (
        <Line key={name} name={name}>
          {shown(name, value)}
        </Line>
      ))}
    </dl>
  );
}

function Line({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className={classes.line}>
      <dt>{words(name)}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** `cpu_temp_c` → `cpu temp, °C`. */
function words(name: string): string {
  return name.replace(UNIT, (_, unit: string) => `, ${UNITS[unit]}`).replaceAll("_", " ");
}

function shown(name: string, value: unknown): ReactNode {
  if (value === null || value === undefined) return "–";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "number") return numberOf(name, value);
  if (typeof value === "string") return ISO_TIME.test(value) ? <Time at={value} /> : value;
  return <Code className={classes.json}>{JSON.stringify(value)}</Code>;
}

function numberOf(name: string, value: number): ReactNode {
  if (name.endsWith("bytes") && Number.isInteger(value)) return <Bytes value={value} />;
  return Number.isInteger(value) ? <Count value={value} /> : String(Number(value.toFixed(4)));
}

function isRecord(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
