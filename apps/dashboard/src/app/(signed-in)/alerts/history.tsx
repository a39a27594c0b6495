"use client";
import { Button, Center, Stack } from "@mantine/core";
import { IconHistory } from "@tabler/icons-react";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { EmptyState, QueryView } from "../../../components/states.tsx";
import { live } from "../../../lib/live-meta.ts";
import { useTRPC } from "../../../lib/trpc.ts";
import { firstOf, READ_ONCE, useLivePages } from "../../../lib/use-live-pages.ts";
import { AlertCard } from "./alert-card.tsx";

/** Resolved alerts, newest first. */
export function History() {
  const trpc = useTRPC();
  const input = { limit: 50 };
  const pages = useInfiniteQuery(trpc.alerts.history.infiniteQueryOptions(input, READ_ONCE));
  const first = useQuery(trpc.alerts.history.queryOptions(input, { ...live("alerts"), ...firstOf(pages) }));
  const key = trpc.alerts.history.infiniteQueryKey(input);
  const history = useLivePages({ pages, first, key, rowsOf: ({ alerts }) => alerts });
  return (
    <QueryView query={history.query}>
      {() => {
        if (history.rows.length === 0) {
          return (
            <EmptyState icon={<IconHistory />} title="No alert has been resolved yet">
              What opens and is over stands here.
            </EmptyState>
          );
        }
        return (
          <>
            <Stack component="ul" gap="md" p={0} m={0} style={{ listStyle: "none" }}>
              {history.rows.map((alert) => (
                <AlertCard key={alert.id} alert={alert} />
              ))}
            </Stack>
            {history.hasMore && (
              <Center mt="md">
                <Button variant="default" loading={history.isLoadingMore} onClick={history.loadMore}>
                  Older alerts
                </Button>
              </Center>
            )}
          </>
        );
      }}
    </QueryView>
  );
}
