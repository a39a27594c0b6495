"use client";
import { Text, Timeline, TimelineItem } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { QueryView } from "../../../components/states.tsx";
import { Time } from "../../../components/time.tsx";
import { Who } from "../../../components/who.tsx";
import { live } from "../../../lib/live-meta.ts";
import { useTRPC } from "../../../lib/trpc.ts";
import { actorNames } from "../audit/actors.ts";

const NAMES_HOLD_MS = 5 * 60_000;

/** What was done to a capture since it came, and by whom. */
export function CaptureHistory({ id }: { id: string }) {
  const trpc = useTRPC();
  const history = useQuery(trpc.captures.history.queryOptions({ id }, live("retention_runs")));
  const names = useQuery(
    trpc.audit.names.queryOptions(undefined, {
      enabled: (history.data?.entries.length ?? 0) > 0,
      staleTime: NAMES_HOLD_MS,
    }),
  );
  return (
    <QueryView query={history}>
      {({ entries }) =>
        entries.length === 0 ? (
          <Text size="sm" c="dimmed">
            Nothing was changed since it came.
          </Text>
        ) : (
          <Timeline bulletSize={12} lineWidth={2}>
            {entries.map(({ id: entry, action, created_at, actor, actor_claimed }) => (
              <TimelineItem key={entry} title={<Text size="sm">{words(action)}</Text>}>
                <Text size="xs" c="dimmed">
                  <Time at={created_at} />
                  {actor !== null && (
                    <>
                      {" "}
                      by <Who actor={actor} claimed={actor_claimed} names={actorNames(names.data)} />
                    </>
                  )}
                </Text>
              </TimelineItem>
            ))}
          </Timeline>
        )
      }
    </QueryView>
  );
}

/** `capture.soft_deleted` → `Soft deleted`. */
function words(action: string): string {
  const text = (action.split(".")[1] ?? action).replaceAll("_", " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}
