"use client";
import { Text } from "@mantine/core";
import type { AlertDeliveryRow } from "@pilab/schema";
import { countText } from "@pilab/storage-core/words";
import { DataTable } from "../../../../components/data-table.tsx";
import { ToneBadge } from "../../../../components/state-badge.tsx";
import { Age } from "../../../../components/time.tsx";

const STATES = {
  pending: ["neutral", "On its way"],
  sent: ["ok", "Sent"],
  failed: ["critical", "Failed"],
} as const;

const KINDS = { alert: "Alert", repeat: "Repeat", test: "Test" } as const;

/** The last messages, and what became of them. */
export function Deliveries({
  deliveries,
  channels,
}: {
  deliveries: readonly AlertDeliveryRow[];
  channels: readonly { id: string; name: string }[];
}) {
  if (deliveries.length === 0) return <Text c="dimmed">Nothing was sent yet.</Text>;
  return (
    <DataTable
      caption="Messages to channels"
      minWidth={760}
      rows={deliveries}
      rowKey={({ id }) => id}
      columns={[
        { head: "Written", cell: ({ created_at }) => <Age at={created_at} /> },
        { head: "To", cell: ({ channel_id }) => channels.find(({ id }) => id === channel_id)?.name ?? "–" },
        { head: "Kind", cell: ({ kind }) => KINDS[kind] },
        { head: "Message", bare: true, cell: ({ message }) => message.title },
        {
          head: "State",
          width: 240,
          cell: ({ state, attempts, last_error }) => (
            <>
              <ToneBadge tone={STATES[state][0]}>{STATES[state][1]}</ToneBadge>
              {last_error !== null && state !== "sent" && (
                <Text size="xs" c="dimmed" mt={4}>
                  {countText(attempts, "attempt")}: {last_error}
                </Text>
              )}
            </>
          ),
        },
      ]}
    />
  );
}
