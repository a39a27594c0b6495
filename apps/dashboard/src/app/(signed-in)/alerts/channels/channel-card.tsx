"use client";
import { Button, Card, Code, Group, Modal, Stack, Switch, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import type { AlertDeliveryRow } from "@pilab/schema";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { inferRouterOutputs } from "@trpc/server";
import { ConfirmButton } from "../../../../components/confirm-button.tsx";
import { useIdentity } from "../../../../components/identity.tsx";
import { ToneBadge } from "../../../../components/state-badge.tsx";
import { ErrorState } from "../../../../components/states.tsx";
import { Age } from "../../../../components/time.tsx";
import { mayAct } from "../../../../lib/role.ts";
import { useTRPC } from "../../../../lib/trpc.ts";
import type { AppRouter } from "../../../../server/root.ts";
import { ChannelForm } from "./channel-form.tsx";
import { KIND_LABELS } from "./channel-kinds.ts";
import { TestSend } from "./test-send.tsx";

/** A channel as the page has it. */
export type ChannelRow = inferRouterOutputs<AppRouter>["alerts"]["channels"]["list"][number];

/** One channel: where it leads, whether the worker has its secret, and how the last message went. */
export function ChannelCard({ channel, last }: { channel: ChannelRow; last: AlertDeliveryRow | undefined }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const [isEditing, { open, close }] = useDisclosure(false);
  const isAdmin = mayAct(useIdentity().role, "admin");
  const again = { onSuccess: () => queryClient.invalidateQueries(trpc.alerts.pathFilter()) };
  const update = useMutation(trpc.alerts.channels.update.mutationOptions(again));
  const remove = useMutation(trpc.alerts.channels.remove.mutationOptions(again));
  const { id, name, kind, enabled, min_severity } = channel;

  return (
    <Card component="li" withBorder padding="md" aria-label={`Channel ${name}`}>
      <Stack gap="sm">
        <Group justify="space-between" align="flex-start" gap="md">
          <div style={{ flex: "1 1 300px", minWidth: 0 }}>
            <Group gap="xs">
              <Text fw={600}>{name}</Text>
              <ToneBadge tone={enabled ? "ok" : "neutral"}>{enabled ? "On" : "Off"}</ToneBadge>
            </Group>
            <Text size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>
              {KIND_LABELS[kind]} {targetOf(channel)} · from {min_severity} on
            </Text>
          </div>
          {isAdmin && (
            <Group gap="xs">
              <Switch
                label="On"
                labelPosition="left"
                aria-label={`Channel ${name}: on`}
                checked={enabled}
                disabled={update.isPending}
                onChange={({ currentTarget }) =>
                  update.mutate({ id, change: { enabled: currentTarget.checked } })
                }
              />
              <Button size="xs" variant="default" onClick={open} aria-label={`Edit channel ${name}`}>
                Edit
              </Button>
              <ConfirmButton
                size="xs"
                variant="default"
                title={`Remove the channel ${name}?`}
                question="Nobody is told by it from now on. The list of its messages goes with it."
                confirm="Remove"
                onConfirm={() => remove.mutateAsync({ id })}
              >
                Remove
              </ConfirmButton>
            </Group>
          )}
        </Group>
        <SecretWord channel={channel} />
        {last && (
          <Text size="sm" c="dimmed">
            Last message: {last.state === "sent" ? "sent" : "failed"}{" "}
            <Age at={last.sent_at ?? last.created_at} />
            {last.state === "failed" && last.last_error !== null && `, ${last.last_error}`}
          </Text>
        )}
        {update.error && <ErrorState error={update.error} title="This was not done" />}
        {isAdmin && <TestSend channel={id} />}
      </Stack>
      <Modal opened={isEditing} onClose={close} title={`Channel ${name}`} centered size="lg">
        <ChannelForm channel={channel} onDone={close} />
      </Modal>
    </Card>
  );
}

function SecretWord({ channel: { secret_env, has_secret } }: { channel: ChannelRow }) {
  if (secret_env === null) return null;
  return (
    <Group gap="xs">
      {has_secret === true && <ToneBadge tone="ok">The worker has its secret</ToneBadge>}
      {has_secret === false && <ToneBadge tone="critical">The worker lacks its secret</ToneBadge>}
      {has_secret === null && <ToneBadge tone="neutral">The worker has not said yet</ToneBadge>}
      <Text size="sm" c="dimmed">
        {has_secret === false ? "Set " : "From "}
        <Code>{secret_env}</Code> in the worker's environment{has_secret === false && ", and restart it"}
      </Text>
    </Group>
  );
}

function targetOf({ config }: ChannelRow): string {
  if (typeof config.url === "string") return config.url;
  return Array.isArray(config.to) ? `to ${config.to.join(", ")}` : "";
}
