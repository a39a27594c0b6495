"use client";
import { Button, Group, Stack, Text } from "@mantine/core";
import { IconSend } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { RequestProgress } from "../../../../components/request-progress.tsx";
import { ErrorState } from "../../../../components/states.tsx";
import { useTRPC } from "../../../../lib/trpc.ts";
import { useWorkerRequest } from "../../../../lib/worker-request.ts";

/** Has the worker send a test message, and says how that went. */
export function TestSend({ channel }: { channel: string }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const request = useWorkerRequest();
  const ask = useMutation(trpc.worker.testSend.mutationOptions({ onSuccess: request.follow }));
  const state = request.answer?.state;
  useEffect(() => {
    if (state === "done" || state === "failed") {
      void queryClient.invalidateQueries(trpc.alerts.pathFilter());
    }
  }, [state, queryClient, trpc]);
  return (
    <Stack gap="xs">
      <Group gap="sm">
        <Button
          size="xs"
          variant="default"
          leftSection={<IconSend size={16} />}
          loading={ask.isPending || request.isWaiting}
          onClick={() => ask.mutate({ channel })}
        >
          Send a test
        </Button>
        {state === "done" && (
          <Text size="sm" role="status" style={{ color: "var(--pilab-ok)" }}>
            The test was sent. Look whether it came.
          </Text>
        )}
      </Group>
      {ask.error && <ErrorState error={ask.error} title="This was not done" />}
      <RequestProgress request={request} what="The test" />
    </Stack>
  );
}
