"use client";
import { Anchor, Button, Center, Stack, Text } from "@mantine/core";
import { IconPlayerPlay } from "@tabler/icons-react";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { DataTable } from "../../../../components/data-table.tsx";
import { useIdentity } from "../../../../components/identity.tsx";
import { Bytes, Count } from "../../../../components/numbers.tsx";
import { EmptyState, QueryView } from "../../../../components/states.tsx";
import { Time } from "../../../../components/time.tsx";
import { Who } from "../../../../components/who.tsx";
import { useWorkerStatus, WorkerNotice } from "../../../../components/worker-notice.tsx";
import { live } from "../../../../lib/live-meta.ts";
import { mayAct } from "../../../../lib/role.ts";
import { useTRPC } from "../../../../lib/trpc.ts";
import { firstOf, READ_ONCE, useLivePages } from "../../../../lib/use-live-pages.ts";
import { RetentionFrame } from "../retention-frame.tsx";
import { AskForRun } from "./ask-for-run.tsx";
import { RUNS_PAGE } from "./page-size.ts";
import { RunState } from "./run-state.tsx";

/** The page: every run, newest first, as they go. */
export function Runs() {
  const trpc = useTRPC();
  const isOperator = mayAct(useIdentity().role, "operator");
  const worker = useWorkerStatus()?.workers.find(({ alive, schedule }) => alive && schedule !== null);
  const input = { limit: RUNS_PAGE };
  const pages = useInfiniteQuery(trpc.retention.runs.list.infiniteQueryOptions(input, READ_ONCE));
  const first = useQuery(
    trpc.retention.runs.list.queryOptions(input, { ...live("retention_runs"), ...firstOf(pages) }),
  );
  const key = trpc.retention.runs.list.infiniteQueryKey(input);
  const runs = useLivePages({ pages, first, key, rowsOf: (page) => page.runs });
  return (
    <RetentionFrame
      description={
        worker
          ? `Runs by itself at ${worker.schedule}, on ${worker.host ?? worker.name}.`
          : "What retention did, and what waits."
      }
    >
      <WorkerNotice>Nothing runs and nothing that is asked for is answered until one is.</WorkerNotice>
      <Stack gap="lg">
        {isOperator && <AskForRun />}
        <QueryView query={runs.query}>
          {() => {
            if (runs.rows.length === 0) {
              return (
                <EmptyState icon={<IconPlayerPlay />} title="No run yet">
                  The worker runs once a night by itself. A dry run shows what it would do, and touches
                  nothing.
                </EmptyState>
              );
            }
            return (
              <>
                <DataTable
                  caption="Retention runs"
                  minWidth={860}
                  rows={runs.rows}
                  rowKey={({ id }) => id}
                  columns={[
                    {
                      head: "Begun",
                      bare: true,
                      cell: ({ id, created_at }) => (
                        <Anchor component={Link} href={`/retention/runs/${id}`}>
                          <Time at={created_at} />
                        </Anchor>
                      ),
                    },
                    { head: "Kind", bare: true, cell: ({ dry_run }) => (dry_run ? "Dry run" : "Run") },
                    {
                      head: "State",
                      width: 190,
                      bare: true,
                      cell: ({ state }) => <RunState state={state} />,
                    },
                    {
                      head: "Planned",
                      numeric: true,
                      cell: (run) => <Sum files={run.planned_files} bytes={run.planned_bytes} />,
                    },
                    {
                      head: "To the trash",
                      numeric: true,
                      cell: (run) =>
                        run.dry_run ? "–" : <Sum files={run.trashed_files} bytes={run.trashed_bytes} />,
                    },
                    {
                      head: "Freed",
                      numeric: true,
                      cell: (run) =>
                        run.dry_run ? "–" : <Sum files={run.purged_files} bytes={run.purged_bytes} />,
                    },
                    {
                      head: "Failed",
                      numeric: true,
                      cell: ({ failed_files, errors }) => (
                        <Text
                          span
                          inherit
                          style={errors.length > 0 ? { color: "var(--pilab-critical)" } : undefined}
                        >
                          <Count value={failed_files} />
                        </Text>
                      ),
                    },
                    { head: "Confirmed by", cell: ({ confirmed_by }) => <Who actor={confirmed_by} /> },
                  ]}
                />
                {runs.hasMore && (
                  <Center>
                    <Button variant="default" loading={runs.isLoadingMore} onClick={runs.loadMore}>
                      Older runs
                    </Button>
                  </Center>
                )}
              </>
            );
          }}
        </QueryView>
      </Stack>
    </RetentionFrame>
  );
}

function Sum({ files, bytes }: { files: number; bytes: number }) {
  return (
    <>
      <Count value={files} />
      {files > 0 && (
        <>
          , <Bytes value={bytes} />
        </>
      )}
    </>
  );
}
