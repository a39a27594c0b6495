"use client";
import { Badge, Group, SegmentedControl, Stack } from "@mantine/core";
import { IconBellCheck } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useRouter, useSearchParams } from "next/navigation";
import segments from "../../../components/segments.module.css";
import { EmptyState, QueryView } from "../../../components/states.tsx";
import { useNow } from "../../../components/time.tsx";
import { live } from "../../../lib/live-meta.ts";
import { useTRPC } from "../../../lib/trpc.ts";
import { AlertCard } from "./alert-card.tsx";
import { AlertsFrame } from "./alerts-frame.tsx";
import { byView, VIEWS, type View } from "./by-view.ts";
import { History } from "./history.tsx";

const LABELS: Record<View, string> = {
  open: "Open",
  acknowledged: "Acknowledged",
  silenced: "Silenced",
  history: "History",
};

const EMPTY: Record<Exclude<View, "history">, [title: string, what: string]> = {
  open: ["Nothing needs you", "The worker looks every half minute; what is wrong shows here by itself."],
  acknowledged: ["Nothing is taken on", "An alert that somebody sees to stands here, and is not repeated."],
  silenced: [
    "Nothing is silenced",
    "A silenced alert stands here until its silence ends; nobody is told of it.",
  ],
};

/** The page: alerts by who has seen to them. */
export function Alerts() {
  const trpc = useTRPC();
  const router = useRouter();
  const shown = useSearchParams().get("show");
  const view = VIEWS.find((one) => one === shown) ?? "open";
  const nowMs = useNow();
  const alerts = useQuery(trpc.alerts.unresolved.queryOptions(undefined, live("alerts")));
  const lists = alerts.data && byView(alerts.data.alerts, nowMs);

  return (
    <AlertsFrame description="What needs somebody, and who sees to it." isTold={alerts.data?.isTold}>
      <SegmentedControl
        aria-label="Which alerts"
        mb="lg"
        maw="100%"
        className={segments.fit}
        value={view}
        onChange={(next) => router.replace(next === "open" ? "/alerts" : `/alerts?show=${next}`)}
        data={VIEWS.map((one) => ({
          value: one,
          label: (
            <Group gap={6} wrap="nowrap" justify="center">
              {LABELS[one]}
              {one !== "history" && lists && lists[one].length > 0 && (
                <Badge size="sm" circle={lists[one].length < 10} variant="light" color="gray" c="inherit">
                  {lists[one].length}
                </Badge>
              )}
            </Group>
          ),
        }))}
      />
      {view === "history" ? (
        <History />
      ) : (
        <QueryView query={alerts}>
          {() =>
            lists === undefined || lists[view].length === 0 ? (
              <EmptyState icon={<IconBellCheck />} title={EMPTY[view][0]}>
                {EMPTY[view][1]}
              </EmptyState>
            ) : (
              <Stack component="ul" gap="md" p={0} m={0} style={{ listStyle: "none" }}>
                {lists[view].map((alert) => (
                  <AlertCard key={alert.id} alert={alert} />
                ))}
              </Stack>
            )
          }
        </QueryView>
      )}
    </AlertsFrame>
  );
}
