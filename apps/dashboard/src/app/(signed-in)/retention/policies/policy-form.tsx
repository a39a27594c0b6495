"use client";
import { Button, Card, Group, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import type { RetentionPolicyRow } from "@pilab/schema";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { useIdentity } from "../../../../components/identity.tsx";
import { RequestProgress } from "../../../../components/request-progress.tsx";
import { EmptyState, ErrorState } from "../../../../components/states.tsx";
import { WorkerNotice } from "../../../../components/worker-notice.tsx";
import { mayAct } from "../../../../lib/role.ts";
import { useTRPC } from "../../../../lib/trpc.ts";
import { useWorkerRequest } from "../../../../lib/worker-request.ts";
import { type Draft, draftOf, NEW_DRAFT, policyOf, problemOf, sentenceOf } from "../draft.ts";
import { PreviewView } from "../preview-view.tsx";
import { RetentionFrame } from "../retention-frame.tsx";
import { RuleFields } from "./rule-fields.tsx";
import { ScopeFields } from "./scope-fields.tsx";

/** A policy in the making: its sentence as one types, a preview of what it would do, and then it is saved with its brake. */
export function PolicyForm({ policy }: { policy?: RetentionPolicyRow }) {
  const trpc = useTRPC();
  const router = useRouter();
  const queryClient = useQueryClient();
  const scopes = useQuery(trpc.retention.scopes.queryOptions());
  const isAdmin = mayAct(useIdentity().role, "admin");
  const [draft, setDraft] = useState<Draft>(policy ? draftOf(policy) : NEW_DRAFT);
  const [asked, setAsked] = useState<Draft>();
  const [isTold, setIsTold] = useState(false);
  const request = useWorkerRequest();
  const ask = useMutation(trpc.worker.preview.mutationOptions({ onSuccess: request.follow }));
  const save = useMutation(
    trpc.retention.policies.save.mutationOptions({
      onSuccess: async () => {
        await queryClient.invalidateQueries(trpc.retention.pathFilter());
        notifications.show({ message: "The policy is saved; the next run goes by it.", color: "teal" });
        router.push("/retention");
      },
    }),
  );

  const problem = problemOf(draft);
  const preview = asked === draft ? request.answer?.preview : undefined;
  const outdated = asked !== undefined && asked !== draft && request.answer?.preview != null;
  const unlessWrong = (act: () => void) => () => {
    setIsTold(true);
    if (problem === null) act();
  };
  const seePreview = unlessWrong(() => {
    // The preview of the draft before must not be saved with this one.
    request.forget();
    setAsked(draft);
    ask.mutate({ policy: policyOf(draft) });
  });
  const saveIt = (fields: Partial<Draft>) =>
    unlessWrong(() => save.mutate({ id: policy?.id ?? null, policy: policyOf({ ...draft, ...fields }) }));

  if (!isAdmin) {
    return (
      <EmptyState title="Policies are made by admins">
        You can read them, and preview what they will do, <Link href="/retention">on the page Retention</Link>
        .
      </EmptyState>
    );
  }
  const brake = preview?.policies.find((one) => one.policy.id === null)?.suggested_brake_share;
  return (
    <RetentionFrame description={policy ? "Change a policy" : "A new policy"}>
      <WorkerNotice>No preview can be made until one is; a policy can be saved without.</WorkerNotice>
      <Stack gap="lg" component="form" onSubmit={(event) => event.preventDefault()}>
        <Card withBorder padding="lg">
          <Stack gap="lg">
            <ScopeFields
              draft={draft}
              onChange={setDraft}
              scopes={scopes.data}
              fixed={policy !== undefined}
            />
            <RuleFields draft={draft} onChange={setDraft} />
          </Stack>
        </Card>
        <Card
          withBorder
          padding="lg"
          component="section"
          aria-label="The policy in a sentence"
          bg="var(--mantine-primary-color-light)"
        >
          <Text fz="lg" fw={550} aria-live="polite" data-testid="sentence">
            {problem === null ? sentenceOf(draft, scopes.data) : problem}
          </Text>
          {isTold && problem !== null && (
            <Text role="alert" mt="xs" size="sm" fw={600} style={{ color: "var(--pilab-critical)" }}>
              It cannot be previewed or saved like this.
            </Text>
          )}
        </Card>
        <Group gap="sm">
          <Button
            onClick={seePreview}
            loading={ask.isPending || request.isWaiting}
            variant={preview ? "default" : "filled"}
          >
            {outdated ? "Preview again" : "Preview"}
          </Button>
          {brake === undefined || brake === null ? (
            <Button key="bare" onClick={saveIt({})} loading={save.isPending} variant="subtle">
              Save without a preview
            </Button>
          ) : (
            <Button key="previewed" onClick={saveIt({ brake_share: brake })} loading={save.isPending}>
              Save this policy
            </Button>
          )}
          <Button component={Link} href="/retention" variant="subtle" color="gray">
            Cancel
          </Button>
        </Group>
        {save.error && <ErrorState error={save.error} title="This was not done" />}
        {ask.error && <ErrorState error={ask.error} title="This was not done" />}
        <RequestProgress request={request} what="The preview" />
        {outdated && (
          <Text role="status" c="dimmed" size="sm">
            The policy has changed since its preview.
          </Text>
        )}
        {preview && <PreviewView preview={preview} />}
      </Stack>
    </RetentionFrame>
  );
}
