"use client";
import { Button, Modal, Stack, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconPlus, IconSend } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useIdentity } from "../../../../components/identity.tsx";
import { EmptyState, QueryView } from "../../../../components/states.tsx";
import { live } from "../../../../lib/live-meta.ts";
import { mayAct } from "../../../../lib/role.ts";
import { useTRPC } from "../../../../lib/trpc.ts";
import { AlertsFrame } from "../alerts-frame.tsx";
import { ChannelCard } from "./channel-card.tsx";
import { ChannelForm } from "./channel-form.tsx";
import { Deliveries } from "./deliveries.tsx";

/** The page: whom alerts are told, and whether that works. */
export function Channels() {
  const trpc = useTRPC();
  const [opened, { open, close }] = useDisclosure(false);
  const isAdmin = mayAct(useIdentity().role, "admin");
  const channels = useQuery(trpc.alerts.channels.list.queryOptions());
  const deliveries = useQuery(trpc.alerts.deliveries.queryOptions(undefined, live("alerts")));
  const add = (
    <Button leftSection={<IconPlus size={16} />} onClick={open}>
      Add a channel
    </Button>
  );
  return (
    <AlertsFrame
      description="The worker tells these of alerts, from a severity on. It keeps their secrets; the database does not."
      isTold={channels.data?.some(({ enabled }) => enabled)}
      actions={isAdmin && (channels.data?.length ?? 0) > 0 ? add : undefined}
    >
      <Modal opened={opened} onClose={close} title="Add a channel" centered size="lg">
        <ChannelForm onDone={close} />
      </Modal>
      <Stack gap="xl">
        <QueryView query={channels}>
          {(listed) =>
            listed.length === 0 ? (
              <EmptyState icon={<IconSend />} title="No channel yet">
                A channel is a webhook, a topic of ntfy, a Slack or Mattermost room, or mail.
                <div style={{ marginTop: 16 }}>{isAdmin ? add : "An admin can add one."}</div>
              </EmptyState>
            ) : (
              <Stack component="ul" gap="md" p={0} m={0} style={{ listStyle: "none" }}>
                {listed.map((channel) => (
                  <ChannelCard
                    key={channel.id}
                    channel={channel}
                    last={deliveries.data?.find(
                      ({ channel_id, state }) => channel_id === channel.id && state !== "pending",
                    )}
                  />
                ))}
              </Stack>
            )
          }
        </QueryView>
        <section aria-labelledby="deliveries">
          <Title order={2} size="h4" mb="sm" id="deliveries">
            Messages
          </Title>
          <QueryView query={deliveries}>
            {(listed) => <Deliveries deliveries={listed} channels={channels.data ?? []} />}
          </QueryView>
        </section>
      </Stack>
    </AlertsFrame>
  );
}
