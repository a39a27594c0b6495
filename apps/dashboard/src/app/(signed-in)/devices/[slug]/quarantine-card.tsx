"use client";
import { Card, Code, Stack, Text, Title } from "@mantine/core";
import type { DeviceWithStatus } from "@pilab/storage-core";
import { formatCount } from "../../../../components/format.ts";
import classes from "../devices.module.css";

/** Files that the agent set aside: how many, why, and what to do on the Pi. */
export function QuarantineCard({ device: { status } }: { device: DeviceWithStatus }) {
  const files = status?.quarantined_files ?? 0;
  if (files === 0) return null;
  return (
    <Card withBorder component="section" aria-label="Quarantine">
      <Stack gap="xs">
        <Title order={2} size="h4">
          Quarantine
        </Title>
        <Text size="sm">
          {formatCount(files)} {files === 1 ? "file" : "files"} on the Pi cannot become captures: empty, cut
          off, or no picture. They lie where they were, and nothing else waits for them.
        </Text>
        {status?.last_quarantine_reason != null && (
          <Text size="sm" style={{ overflowWrap: "anywhere" }}>
            The last one: <b>{status.last_quarantine_reason}</b>
          </Text>
        )}
        <ol className={classes.steps}>
          <li>
            <Text size="sm">
              See each with its reason: <Code>sudo pilab-uploader quarantine list</Code>
            </Text>
          </li>
          <li>
            <Text size="sm">
              Mend the cause: a camera that is cut off while it writes, a full card (<Code>df -h</Code>), a
              failing card or supply.
            </Text>
          </li>
          <li>
            <Text size="sm">
              Have a file that is whole by now tried again:{" "}
              <Code>sudo pilab-uploader quarantine release ID</Code>, or <Code>--all</Code>. The rest may be
              deleted; the count falls at the next heartbeat.
            </Text>
          </li>
        </ol>
      </Stack>
    </Card>
  );
}
