"use client";
import { SimpleGrid, Text } from "@mantine/core";
import type { DeviceWithStatus } from "@pilab/storage-core";
import { type Need, needsOf } from "@pilab/storage-core/words";
import { Figure } from "../../../../components/figure.tsx";
import { formatBytes, formatCount, formatDuration, formatShare } from "../../../../components/format.ts";
import { Bytes, Count } from "../../../../components/numbers.tsx";
import { TakenAge } from "../../../../components/taken-age.tsx";
import { Age, Time } from "../../../../components/time.tsx";

/** What a figure warns of: what the device needs, and nothing else. */
type ToneOf = (about: Need["about"]) => Need["tone"] | undefined;

/** How it is, by its last heartbeat and its last picture. */
export function HealthNow({ device }: { device: DeviceWithStatus }) {
  const { status, last_capture: last, last_arrival_at } = device;
  const needs = needsOf(device);
  const toneOf: ToneOf = (about) => needs.find((need) => need.about === about)?.tone;
  return (
    <SimpleGrid cols={{ base: 2, md: 3, xl: 6 }} spacing={{ base: "xs", sm: "md" }}>
      <Figure label="Last picture" value={last ? <TakenAge of={last} /> : "None"} tone={toneOf("life")}>
        {last_arrival_at === null ? (
          "Nothing has arrived yet"
        ) : (
          <>
            Last arrival <Age at={last_arrival_at} />
          </>
        )}
      </Figure>
      <Figure label="Heartbeat" value={status ? <Age at={status.reported_at} /> : "None"}>
        {status ? (
          <>
            Agent {status.agent_version ?? "of unknown version"}
            {status.state !== null && `, ${status.state.replaceAll("_", " ")}`}
          </>
        ) : (
          "No agent has reported"
        )}
      </Figure>
      {status && <Reported status={status} toneOf={toneOf} />}
    </SimpleGrid>
  );
}

function Reported({ status, toneOf }: { status: NonNullable<DeviceWithStatus["status"]>; toneOf: ToneOf }) {
  const {
    queue_files,
    queue_bytes,
    oldest_queued_at,
    disk_free_bytes: free,
    disk_total_bytes: total,
  } = status;
  const share = free !== null && total ? free / total : null;
  return (
    <>
      <Figure
        label="Waiting"
        value={queue_files === null ? "–" : <Count value={queue_files} />}
        tone={toneOf("backlog")}
      >
        {queue_files ? (
          <>
            {queue_bytes !== null && formatBytes(queue_bytes)}
            {oldest_queued_at !== null && (
              <>
                , the oldest since <Age at={oldest_queued_at} />
              </>
            )}
          </>
        ) : (
          queue_files === 0 && "All is uploaded"
        )}
        {status.uplink_bytes_per_s !== null && (
          <Text span display="block" inherit>
            Uplink {formatBytes(status.uplink_bytes_per_s)}/s
          </Text>
        )}
      </Figure>
      <Figure label="Card free" value={share === null ? "–" : formatShare(share)} tone={toneOf("card")}>
        {free !== null && <Bytes value={free} />}
        {total !== null && ` of ${formatBytes(total)}`}
        {status.card_bytes_written_today !== null && (
          <Text span display="block" inherit>
            {formatBytes(status.card_bytes_written_today)} written today
          </Text>
        )}
      </Figure>
      <Figure
        label="Temperature"
        value={status.cpu_temp_c === null ? "–" : `${status.cpu_temp_c.toFixed(1)} °C`}
        tone={toneOf("heat") ?? toneOf("power")}
      >
        {status.throttled === null
          ? "It does not say whether it is throttled"
          : status.throttled
            ? "Slows itself down: heat or under-voltage"
            : "Not throttled, voltage is good"}
      </Figure>
      <Figure
        label="Clock"
        value={status.clock_synced === null ? "–" : status.clock_synced ? "Set" : "Not set"}
        tone={toneOf("clock")}
      >
        {status.last_upload_at !== null && (
          <>
            Last upload <Time at={status.last_upload_at} />
          </>
        )}
      </Figure>
    </>
  );
}

/** The interval of a device, for people. */
export function intervalWords(seconds: number | null): string {
  if (seconds === null) return "No cadence is expected";
  return `A picture every ${seconds < 120 ? `${formatCount(seconds)} s` : formatDuration(seconds * 1000)}`;
}
