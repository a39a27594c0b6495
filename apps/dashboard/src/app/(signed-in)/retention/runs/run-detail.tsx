"use client";
import { Anchor, Card, Code, Group, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { countText } from "@pilab/storage-core/words";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import type { inferRouterOutputs } from "@trpc/server";
import Link from "next/link";
import { Figure } from "../../../../components/figure.tsx";
import { formatBytes, formatCount } from "../../../../components/format.ts";
import { useIdentity } from "../../../../components/identity.tsx";
import { Note } from "../../../../components/note.tsx";
import { Count } from "../../../../components/numbers.tsx";
import { QueryView } from "../../../../components/states.tsx";
import { Age, Time } from "../../../../components/time.tsx";
import { Who } from "../../../../components/who.tsx";
import { WorkerNotice } from "../../../../components/worker-notice.tsx";
import { live } from "../../../../lib/live-meta.ts";
import { mayAct } from "../../../../lib/role.ts";
import { useTRPC } from "../../../../lib/trpc.ts";
import type { AppRouter } from "../../../../server/root.ts";
import { RetentionFrame } from "../retention-frame.tsx";
import { ExecutePlan } from "./execute-plan.tsx";
import { PlanReasons } from "./plan-reasons.tsx";
import { RunState } from "./run-state.tsx";

/** A run as its page has it. */
export type Run = inferRouterOutputs<AppRouter>["retention"]["runs"]["get"];

/** The page, kept current while the run goes on. */
export function RunDetail({ id }: { id: string }) {
  const trpc = useTRPC();
  const run = useQuery(trpc.retention.runs.get.queryOptions({ id }, live("retention_runs")));
  return (
    <QueryView query={run}>
      {(found) => (
        <RetentionFrame
          description={
            <>
              {found.dry_run ? "A dry run of " : "A run of "}
              <Time at={found.created_at} />: {found.dry_run ? "nothing was changed" : found.bucket_id}
            </>
          }
        >
          <WorkerNotice>What is asked for here is answered when one starts.</WorkerNotice>
          <RunView run={found} />
        </RetentionFrame>
      )}
    </QueryView>
  );
}

function RunView({ run }: { run: Run }) {
  const isOperator = mayAct(useIdentity().role, "operator");
  const { dry_run, state, brake, plan, errors, left } = run;
  return (
    <Stack gap="lg">
      <Group gap="sm">
        <RunState state={state} />
        <Text size="sm" c="dimmed">
          {run.finished_at === null ? (
            <>
              changed <Age at={run.updated_at} />
            </>
          ) : (
            <>
              ended <Time at={run.finished_at} />
            </>
          )}
          {run.worker !== null && <> · by worker {run.worker}</>}
          {run.confirmed_by !== null && (
            <>
              {" "}
              · confirmed by <Who actor={run.confirmed_by} />
            </>
          )}
        </Text>
      </Group>
      {brake.length > 0 && (
        <Note
          tone="warning"
          icon={<IconAlertTriangle />}
          title={
            state === "braked"
              ? "It waits at the brake"
              : dry_run
                ? "The brake would hold this"
                : "This plan was over the brake"
          }
        >
          {brake.map((reason) => (
            <Text key={reason} size="sm">
              It {withSentences(reason, plan)}.
            </Text>
          ))}
        </Note>
      )}
      {isOperator && <ExecutePlan run={run} />}
      {errors.map((error) => (
        <Note
          key={`${error.phase} ${error.message}`}
          tone="critical"
          icon={<IconAlertTriangle />}
          title={error.files > 0 ? `${countText(error.files, "capture")} failed` : "An error"}
        >
          <Text size="sm">{error.message}</Text>
          {error.ids.length > 0 && (
            <Text size="xs" c="dimmed">
              Among them {error.ids.slice(0, 3).join(", ")}
            </Text>
          )}
        </Note>
      ))}
      <SimpleGrid cols={{ base: 2, lg: 4 }}>
        <Figure
          label={dry_run ? "Would go to the trash" : "Planned for the trash"}
          value={<Count value={run.planned_files} />}
        >
          captures, {formatBytes(run.planned_bytes)}
        </Figure>
        {dry_run ? (
          <Figure label="Would be freed from the trash" value={<Count value={plan?.due?.files ?? 0} />}>
            captures past their grace, {formatBytes(plan?.due?.bytes ?? 0)}
          </Figure>
        ) : (
          <>
            <Figure label="Moved to the trash" value={<Count value={run.trashed_files} />}>
              captures, {formatBytes(run.trashed_bytes)}
              {run.trashed_files > 0 && (
                <>
                  {" "}
                  (<Link href="/retention/trash">restore</Link>)
                </>
              )}
            </Figure>
            <Figure label="Removed for good" value={<Count value={run.purged_files} />}>
              captures, {formatBytes(run.purged_bytes)} freed
            </Figure>
            <Figure
              label="Failed"
              value={<Count value={run.failed_files} />}
              tone={run.failed_files > 0 ? "critical" : undefined}
            >
              {left && left.trash_files + left.purge_files > 0
                ? `${formatCount(left.trash_files + left.purge_files)} are left for the next run`
                : "captures"}
            </Figure>
          </>
        )}
      </SimpleGrid>
      {plan && <PlanReasons plan={plan} />}
      <Card withBorder padding="md">
        <Title order={2} size="h5" mb={4}>
          To look it up
        </Title>
        <Text size="sm" style={{ overflowWrap: "anywhere" }}>
          Run <Code>{run.id}</Code>
          {run.digest !== null && (
            <>
              , plan <Code>{run.digest}</Code>
            </>
          )}
        </Text>
        {isOperator && !dry_run && (
          <Anchor component={Link} href={`/audit?correlationId=${run.id}`} size="sm">
            All that it did, in the audit log
          </Anchor>
        )}
      </Card>
    </Stack>
  );
}

/** People know a policy by its sentence, the worker by its id. */
function withSentences(reason: string, plan: Run["plan"]): string {
  const { policy_id, sentence } =
    plan?.by_policy.find((one) => one.policy_id !== null && reason.includes(one.policy_id)) ?? {};
  return policy_id && sentence
    ? reason.replace(`policy ${policy_id}`, `the policy “${sentence.replace(/\.$/, "")}”`)
    : reason;
}
