"use client";
import { Button, Center, Stack } from "@mantine/core";
import { IconHistory } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { EmptyState, QueryView } from "../../../components/states.tsx";
import { live } from "../../../lib/live-meta.ts";
import { PAGES } from "../../../lib/pages.ts";
import { useTRPC } from "../../../lib/trpc.ts";
import { AlertCard } from "./alert-card.tsx";

/** Resolved alerts, newest first. */
export function History() {
  const trpc = useTRPC();
  const history = useInfiniteQuery(
    trpc.alerts.history.infiniteQueryOptions({ limit: 50 }, { ...live("alerts"), ...PAGES }),
  );
  return (
    <QueryView query={history}>
      {({ pages }) => {
        const alerts = pages.flatMap((page) => page.alerts);
        if (alerts.length === 0) {
          return (
            <EmptyState icon={<IconHistory />} title="No alert has been resolved yet">
              What opens and is over stands here.
            </EmptyState>
          );
        }
        return (
          <>
            <Stack component="ul" gap="md" p={0} m={0} style={{ listStyle: "none" }}>
              {alerts.map((alert) => (
                <AlertCard key={alert.id} alert={alert} />
              ))}
            </Stack>
            {history.hasNextPage && (
              <Center mt="md">
                <Button
                  variant="default"
                  loading={history.isFetchingNextPage}
                  onClick={() => void history.fetchNextPage()}
                >
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
