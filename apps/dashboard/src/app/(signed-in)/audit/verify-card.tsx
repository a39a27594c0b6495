"use client";
import { Button, Card, Group, Stack, Text } from "@mantine/core";
import { countText } from "@pilab/storage-core/words";
import { IconShieldCheck } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { useIdentity } from "../../../components/identity.tsx";
import { RequestProgress } from "../../../components/request-progress.tsx";
import { ToneBadge } from "../../../components/state-badge.tsx";
import { ErrorState } from "../../../components/states.tsx";
import { Age } from "../../../components/time.tsx";
import { mayAct } from "../../../lib/role.ts";
import { useTRPC } from "../../../lib/trpc.ts";
import { useWorkerRequest } from "../../../lib/worker-request.ts";
import { ReportView } from "./report-view.tsx";

/** What the last check of the chain found, and for admins a check now, by the worker. */
export function VerifyCard() {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const isAdmin = mayAct(useIdentity().role, "admin");
  const lastCheck = useQuery(trpc.audit.lastCheck.queryOptions());
  const request = useWorkerRequest();
  const ask = useMutation(trpc.worker.verify.mutationOptions({ onSuccess: request.follow }));
  const report = request.answer?.report;
  useEffect(() => {
    if (report) void queryClient.invalidateQueries(trpc.audit.lastCheck.queryFilter());
  }, [report, queryClient, trpc]);
  const check = lastCheck.data;

  return (
    <Card withBorder padding="md" mb="lg" component="section" aria-label="The chain of seals">
      <Stack gap="sm">
        <Group justify="space-between" gap="sm">
          <Group gap="sm">
            {check ? (
              <>
                <ToneBadge tone={check.ok ? "ok" : "critical"}>
                  {check.ok ? "The chain holds" : `The chain is broken in ${countText(check.found, "place")}`}
                </ToneBadge>
                <Text size="sm" c="dimmed">
                  checked <Age at={check.checked_at} />
                </Text>
              </>
            ) : (
              <Text size="sm" c="dimmed">
                The chain was not checked yet; the worker does it by itself.
              </Text>
            )}
          </Group>
          {isAdmin && (
            <Button
              size="xs"
              variant="default"
              leftSection={<IconShieldCheck size={16} />}
              loading={ask.isPending || request.isWaiting}
              onClick={() => ask.mutate()}
            >
              Verify now
            </Button>
          )}
        </Group>
        {ask.error && <ErrorState error={ask.error} title="This was not done" />}
        <RequestProgress request={request} what="The check" />
        {report && <ReportView report={report} />}
      </Stack>
    </Card>
  );
}
