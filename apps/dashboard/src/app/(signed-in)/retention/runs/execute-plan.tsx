"use client";
import { Code, Group, Stack, Text } from "@mantine/core";
import { countText } from "@pilab/storage-core/words";
import { ConfirmButton } from "../../../../components/confirm-button.tsx";
import { formatBytes } from "../../../../components/format.ts";
import { RequestProgress } from "../../../../components/request-progress.tsx";
import { ErrorState } from "../../../../components/states.tsx";
import type { Run } from "./run-detail.tsx";
import { useAskForRun } from "./use-ask-for-run.ts";

/** For operators: to do exactly what a dry run showed, or what waits at the brake; it is refused when it no longer fits. */
export function ExecutePlan({ run }: { run: Run }) {
  const { ask, request, isWaiting } = useAskForRun();
  const { digest, state, dry_run, brake } = run;
  const plan = state === "braked" || (dry_run && state === "done") ? digest : null;
  if (plan === null || (dry_run && run.planned_files + (run.plan?.due?.files ?? 0) === 0)) return null;
  const overBrake = brake.length > 0;
  return (
    <Stack gap="sm">
      <Group gap="sm">
        <ConfirmButton
          color="red"
          variant={overBrake ? "filled" : "default"}
          disabled={isWaiting}
          title={overBrake ? "Let this plan pass the brake?" : "Do exactly this?"}
          question={
            <>
              <Text size="sm">
                To the trash: {countText(run.planned_files, "capture")}, {formatBytes(run.planned_bytes)}.
                {overBrake && ` It ${brake.join(", and ")}.`}
              </Text>
              <Text size="sm" mt="xs">
                You confirm this plan, <Code>{plan.slice(0, 12)}</Code>, and no other: if captures or policies
                have changed so that another would be made, it is refused.
              </Text>
            </>
          }
          confirm={overBrake ? "Confirm this plan" : "Do it"}
          onConfirm={() => ask.mutateAsync({ plan, ...(overBrake && { confirm: true }) })}
        >
          {overBrake ? "Confirm this plan …" : "Do exactly this …"}
        </ConfirmButton>
      </Group>
      {ask.error && <ErrorState error={ask.error} title="This was not done" />}
      <RequestProgress request={request} what="The run" />
    </Stack>
  );
}
