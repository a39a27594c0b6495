"use client";
import { Anchor, Card, List, ListItem, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { live } from "../../lib/live-meta.ts";
import { useTRPC } from "../../lib/trpc.ts";
import { EmptyState, Loading, QueryView } from "../states.tsx";
import { Time, useZone } from "../time.tsx";
import { type Cadence, cadenceDays, sinceFirst } from "./cadence-days.ts";
import { type Gap, gapsOf, gapWords, lengthWords, repeatWords } from "./gaps.ts";
import { HeatMap } from "./heat-map.tsx";

/** Gaps that are told one by one. */
const LISTED = 5;

/** How complete the last two weeks of a device are, or of each device of a series: days, hours, and the gaps in words. */
export function CadenceCard(which: { series: string } | { deviceId: string }) {
  const trpc = useTRPC();
  const { timeZone } = useZone();
  const input = "series" in which ? { series: which.series } : { device: which.deviceId };
  const query = useQuery(
    trpc.timelapse.cadence.queryOptions(
      { ...input, timeZone },
      { ...live("capture_batches"), staleTime: 60_000 },
    ),
  );
  return (
    <Card withBorder component="section" aria-label="Frames received">
      <Title order={2} size="h4">
        Frames received
      </Title>
      <Text size="sm" c="dimmed" mb="md">
        The last two weeks, by the hour in {timeZone}, against the interval that is expected now
      </Text>
      <QueryView query={query} loading={<Loading rows={3} height={90} />}>
        {({ devices, since, until, bucket_minutes }) =>
          devices.length === 0 ? (
            <EmptyState title="No device has sent frames of this series" />
          ) : (
            <Stack gap="xl">
              {devices.map(
                ({
                  device_id,
                  slug,
                  name,
                  received,
                  repeats,
                  expected_interval_s,
                  started_at,
                  expected_until,
                }) => {
                  const sinceMs = Date.parse(since);
                  const stepMs = bucket_minutes * 60_000;
                  const lastStep = received.findLastIndex((count, step) => count + (repeats[step] ?? 0) > 0);
                  const nowMs = Date.parse(until);
                  return (
                    <DeviceCadence
                      key={device_id}
                      name={"series" in which ? name : undefined}
                      slug={slug}
                      cadence={{
                        sinceMs,
                        stepMs,
                        received,
                        repeats,
                        expectedIntervalS: expected_interval_s,
                        fromMs: started_at === null ? nowMs : Date.parse(started_at),
                        untilMs:
                          expected_until === null
                            ? sinceMs + (lastStep + 1) * stepMs
                            : Date.parse(expected_until),
                        isCurrent: expected_until === until,
                      }}
                    />
                  );
                },
              )}
            </Stack>
          )
        }
      </QueryView>
    </Card>
  );
}

function DeviceCadence({
  name,
  slug,
  cadence,
}: {
  name: string | undefined;
  slug: string;
  cadence: Cadence;
}) {
  const { timeZone } = useZone();
  const gaps = gapsOf(cadence);
  const again = repeatWords(cadence);
  const days = sinceFirst(cadenceDays(cadence, timeZone));
  if (days.length === 0) return <Text size="sm">{name ?? "This device"} sent none in these two weeks.</Text>;
  return (
    <div>
      {name !== undefined && (
        <Title order={3} size="h5">
          {name}
        </Title>
      )}
      {cadence.expectedIntervalS === null ? (
        <Text size="sm" mb="xs">
          Gaps cannot be told: no interval is set for this device.{" "}
          <Anchor component={Link} href={`/devices/${slug}`} size="sm">
            Set how often frames come
          </Anchor>
        </Text>
      ) : (
        <Text fw={600} mb="xs">
          {gapWords(gaps)}
        </Text>
      )}
      {again !== undefined && (
        <Text size="sm" mb="xs" style={{ color: "var(--pilab-warning)" }}>
          {again}.
        </Text>
      )}
      <HeatMap days={days} caption={`Frames received by day and hour${name ? `, ${name}` : ""}`} />
      <GapList gaps={gaps} />
    </div>
  );
}

function GapList({ gaps }: { gaps: readonly Gap[] }) {
  if (gaps.length === 0) return null;
  const longest = gaps.toSorted((a, b) => b.untilMs - b.fromMs - (a.untilMs - a.fromMs)).slice(0, LISTED);
  return (
    <List size="sm" mt="sm" spacing={2}>
      {longest.map(({ fromMs, untilMs, goesOn }) => (
        <ListItem key={fromMs}>
          {lengthWords(untilMs - fromMs)} from <Time at={new Date(fromMs)} />
          {goesOn ? " until now" : ""}
        </ListItem>
      ))}
      {gaps.length > LISTED && <ListItem>and {gaps.length - LISTED} more</ListItem>}
    </List>
  );
}
