"use client";
import { Switch } from "@mantine/core";
import { RULE_LABELS } from "@pilab/storage-core/words";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { DataTable } from "../../../../components/data-table.tsx";
import { formatDuration } from "../../../../components/format.ts";
import { useIdentity } from "../../../../components/identity.tsx";
import { SeverityBadge, ToneBadge } from "../../../../components/state-badge.tsx";
import { ErrorState, QueryView } from "../../../../components/states.tsx";
import { live } from "../../../../lib/live-meta.ts";
import { mayAct } from "../../../../lib/role.ts";
import { useTRPC } from "../../../../lib/trpc.ts";
import { AlertsFrame } from "../alerts-frame.tsx";
import { EditRule } from "./edit-rule.tsx";
import { paramsLine } from "./rule-params.ts";

/** The page: what the worker looks for, and its limits. */
export function Rules() {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const isAdmin = mayAct(useIdentity().role, "admin");
  const rules = useQuery(trpc.alerts.rules.list.queryOptions());
  const unresolved = useQuery(trpc.alerts.unresolved.queryOptions(undefined, live("alerts")));
  const update = useMutation(
    trpc.alerts.rules.update.mutationOptions({
      onSuccess: () => queryClient.invalidateQueries(trpc.alerts.pathFilter()),
    }),
  );
  return (
    <AlertsFrame
      description="What the worker looks for, twice a minute. A rule that is off opens nothing, and its open alerts resolve."
      isTold={unresolved.data?.isTold}
    >
      {update.error && <ErrorState error={update.error} title="This was not done" />}
      <QueryView query={rules}>
        {(listed) => (
          <DataTable
            caption="Rules of alerts"
            minWidth={760}
            rows={listed}
            rowKey={({ key }) => key}
            columns={[
              {
                head: "On",
                width: 70,
                bare: true,
                cell: ({ key, enabled }) =>
                  isAdmin ? (
                    <Switch
                      aria-label={`${RULE_LABELS[key] ?? key}: on`}
                      checked={enabled}
                      disabled={update.isPending}
                      onChange={({ currentTarget }) =>
                        update.mutate({ key, change: { enabled: currentTarget.checked } })
                      }
                    />
                  ) : (
                    <ToneBadge tone={enabled ? "ok" : "neutral"}>{enabled ? "On" : "Off"}</ToneBadge>
                  ),
              },
              { head: "Rule", bare: true, cell: ({ key }) => <b>{RULE_LABELS[key] ?? key}</b> },
              {
                head: "Severity",
                width: 130,
                bare: true,
                cell: ({ severity }) => <SeverityBadge severity={severity} />,
              },
              { head: "Limits", cell: ({ params }) => paramsLine(params) || "–" },
              {
                head: "Opens after",
                numeric: true,
                cell: ({ params }) => delay(params.open_after_s),
              },
              {
                head: "Resolves after",
                numeric: true,
                cell: ({ params }) => delay(params.resolve_after_s),
              },
              ...(isAdmin
                ? [
                    {
                      head: "Change",
                      cell: (rule: (typeof listed)[number]) => <EditRule rule={rule} />,
                    },
                  ]
                : []),
            ]}
          />
        )}
      </QueryView>
    </AlertsFrame>
  );
}

function delay(seconds = 0): string {
  return seconds === 0 ? "at once" : formatDuration(seconds * 1000);
}
