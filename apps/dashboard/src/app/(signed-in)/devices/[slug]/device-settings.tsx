"use client";
import { Card, Title } from "@mantine/core";
import type { DeviceWithStatus } from "@pilab/storage-core";
import type { ReactNode } from "react";
import { Time } from "../../../../components/time.tsx";
import classes from "../devices.module.css";
import { intervalWords } from "./health-now.tsx";

/** What people set of it. Its agent reads it at each heartbeat. */
export function DeviceSettings({ device }: { device: DeviceWithStatus }) {
  const facts: readonly (readonly [string, ReactNode])[] = [
    ["Slug", device.slug],
    ["Interval", intervalWords(device.expected_interval_s)],
    ["Time zone", device.time_zone],
    ["Series", device.series ?? "none"],
    ["Shot type", device.shot_type ?? "none"],
    ["Paused until", device.paused_until === null ? "not paused" : <Time key="p" at={device.paused_until} />],
    ["Added", <Time key="a" at={device.created_at} />],
  ];
  return (
    <Card withBorder component="section" aria-label="Settings">
      <Title order={2} size="h4" mb="sm">
        Settings
      </Title>
      <dl className={classes.facts}>
        {facts.map(([name, value]) => (
          <div key={name} style={{ display: "contents" }}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </Card>
  );
}
