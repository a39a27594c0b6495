"use client";
import { Button, Card, Group, Text } from "@mantine/core";
import type { RetentionPolicyRow } from "@pilab/schema";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import Link from "next/link";
import { ConfirmButton } from "../../../components/confirm-button.tsx";
import { formatShare } from "../../../components/format.ts";
import { useIdentity } from "../../../components/identity.tsx";
import { ToneBadge } from "../../../components/state-badge.tsx";
import { Age } from "../../../components/time.tsx";
import { mayAct } from "../../../lib/role.ts";
import { useTRPC } from "../../../lib/trpc.ts";
import { draftOf, type Scopes, sentenceOf } from "./draft.ts";

/** One policy: its sentence, its brake, and for admins what can be done with it. */
export function PolicyCard({ policy, scopes }: { policy: RetentionPolicyRow; scopes: Scopes | undefined }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const isAdmin = mayAct(useIdentity().role, "admin");
  const again = () => queryClient.invalidateQueries(trpc.retention.pathFilter());
  const setEnabled = useMutation(trpc.retention.policies.setEnabled.mutationOptions({ onSuccess: again }));
  const remove = useMutation(trpc.retention.policies.remove.mutationOptions({ onSuccess: again }));
  const { id, enabled, brake_share, updated_at } = policy;
  const sentence = sentenceOf(draftOf(policy), scopes);

  return (
    <Card component="li" withBorder padding="md">
      <Group justify="space-between" align="flex-start" gap="md">
        <div style={{ flex: "1 1 320px", minWidth: 0 }}>
          <Text fw={550} c={enabled ? undefined : "dimmed"}>
            {sentence}
          </Text>
          <Group gap="xs" mt={8}>
            <ToneBadge tone={enabled ? "ok" : "neutral"}>{enabled ? "On" : "Off"}</ToneBadge>
            <Text size="sm" c="dimmed">
              {brakeWords(brake_share, scopes)} · changed <Age at={updated_at} />
            </Text>
          </Group>
        </div>
        {isAdmin && (
          <Group gap="xs" role="group" aria-label={`Policy: ${sentence}`}>
            <Button component={Link} href={`/retention/policies/${id}`} size="xs" variant="default">
              Edit
            </Button>
            <ConfirmButton
              size="xs"
              variant="default"
              color="teal"
              title={enabled ? "Turn this policy off?" : "Turn this policy on?"}
              question={
                enabled
                  ? "As if it were not there: a wider policy, if there is one, decides about its captures from the next run on."
                  : "From the next run on it removes what its sentence says. Edit it to see a preview first."
              }
              confirm={enabled ? "Turn off" : "Turn on"}
              onConfirm={() => setEnabled.mutateAsync({ id, enabled: !enabled })}
            >
              {enabled ? "Turn off" : "Turn on"}
            </ConfirmButton>
            <ConfirmButton
              size="xs"
              variant="default"
              title="Remove this policy?"
              question="A wider policy, if there is one, decides about its captures from the next run on; else they are kept. What lies in the trash stays there as long as that policy says, or 7 days."
              confirm="Remove"
              onConfirm={() => remove.mutateAsync({ id })}
            >
              Remove
            </ConfirmButton>
          </Group>
        )}
      </Group>
    </Card>
  );
}

function brakeWords(share: number | null, scopes: Scopes | undefined): string {
  if (share !== null) return `Brake at ${formatShare(share)} of its captures a run`;
  const ofBucket = scopes?.bucket?.brake_share;
  return ofBucket === undefined ? "The bucket's brake" : `The bucket's brake, ${formatShare(ofBucket)} a run`;
}
