"use client";
import { Button, Stack, Text } from "@mantine/core";
import { IconArchive, IconPlus } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useIdentity } from "../../../components/identity.tsx";
import { RequestProgress } from "../../../components/request-progress.tsx";
import { EmptyState, ErrorState, QueryView } from "../../../components/states.tsx";
import { WorkerNotice } from "../../../components/worker-notice.tsx";
import { mayAct } from "../../../lib/role.ts";
import { useTRPC } from "../../../lib/trpc.ts";
import { useWorkerRequest } from "../../../lib/worker-request.ts";
import { PolicyCard } from "./policy-card.tsx";
import { PreviewView } from "./preview-view.tsx";
import { RetentionFrame } from "./retention-frame.tsx";

const NEW = "/retention/policies/new";

/** The page: each policy as a sentence, and what all of them together will do. */
export function Policies() {
  const trpc = useTRPC();
  const policies = useQuery(trpc.retention.policies.list.queryOptions());
  const scopes = useQuery(trpc.retention.scopes.queryOptions());
  const isAdmin = mayAct(useIdentity().role, "admin");
  const request = useWorkerRequest();
  const ask = useMutation(trpc.worker.preview.mutationOptions({ onSuccess: request.follow }));
  const any = (policies.data?.length ?? 0) > 0;

  return (
    <RetentionFrame
      description="What no policy covers is kept. Of several that cover a capture the most specific decides."
      actions={
        <>
          {any && (
            <Button
              variant="default"
              loading={ask.isPending || request.isWaiting}
              onClick={() => ask.mutate({})}
            >
              Preview the next 90 days
            </Button>
          )}
          {isAdmin && any && (
            <Button component={Link} href={NEW} leftSection={<IconPlus size={16} />}>
              New policy
            </Button>
          )}
        </>
      }
    >
      <WorkerNotice>Nothing is removed and no preview is made until one is.</WorkerNotice>
      <Stack gap="md">
        {ask.error && <ErrorState error={ask.error} title="This was not done" />}
        <RequestProgress request={request} what="The preview" />
        {request.answer?.preview && <PreviewView preview={request.answer.preview} />}
        <QueryView query={policies}>
          {(listed) =>
            listed.length === 0 ? (
              <EmptyState icon={<IconArchive />} title="Everything is kept">
                <Text inherit mb="md">
                  There is no policy, so retention removes nothing, however full the storage is. A policy says
                  how long, how many or how much of which captures to keep.
                </Text>
                {isAdmin ? (
                  <Button component={Link} href={NEW}>
                    Make the first policy
                  </Button>
                ) : (
                  "An admin can make one."
                )}
              </EmptyState>
            ) : (
              <Stack component="ul" gap="md" p={0} m={0} style={{ listStyle: "none" }}>
                {listed.map((policy) => (
                  <PolicyCard key={policy.id} policy={policy} scopes={scopes.data} />
                ))}
              </Stack>
            )
          }
        </QueryView>
      </Stack>
    </RetentionFrame>
  );
}
