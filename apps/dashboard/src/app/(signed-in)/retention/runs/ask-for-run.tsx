"use client";
import { Button, Group, Stack } from "@mantine/core";
import { IconEye, IconPlayerPlay } from "@tabler/icons-react";
import { ConfirmButton } from "../../../../components/confirm-button.tsx";
import { RequestProgress } from "../../../../components/request-progress.tsx";
import { ErrorState } from "../../../../components/states.tsx";
import { useAskForRun } from "./use-ask-for-run.ts";

/** For operators: a dry run, or a run at once. */
export function AskForRun() {
  const { ask, request, isWaiting } = useAskForRun();
  return (
    <Stack gap="sm">
      <Group gap="sm">
        <Button
          leftSection={<IconEye size={16} />}
          loading={isWaiting}
          onClick={() => ask.mutate({ dry_run: true })}
        >
          Dry run
        </Button>
        <ConfirmButton
          variant="default"
          color="red"
          leftSection={<IconPlayerPlay size={16} />}
          disabled={isWaiting}
          title="Run retention now?"
          question="It plans anew and does it: captures go to the trash, from where they can be restored, and what is past its grace is removed for good. A plan that is over the brake waits for a confirmation. A dry run shows the plan first."
          confirm="Run now"
          onConfirm={() => ask.mutateAsync({})}
        >
          Run now
        </ConfirmButton>
      </Group>
      {ask.error && <ErrorState error={ask.error} title="This was not done" />}
      <RequestProgress request={request} what="The run" />
    </Stack>
  );
}
