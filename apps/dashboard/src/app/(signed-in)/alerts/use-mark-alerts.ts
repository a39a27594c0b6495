"use client";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { errorFacts } from "../../../lib/error-facts.ts";
import { useTRPC } from "../../../lib/trpc.ts";

/** What operators do with alerts; a failure is told in a notice. */
export function useMarkAlerts() {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const then = {
    onSuccess: () => queryClient.invalidateQueries(trpc.alerts.pathFilter()),
    onError: (error: unknown) => {
      const { message, hint } = errorFacts(error);
      notifications.show({
        title: "Not done",
        message: [message, hint].filter(Boolean).join(" "),
        color: "red",
      });
    },
  };
  const acknowledge = useMutation(trpc.alerts.acknowledge.mutationOptions(then));
  const silence = useMutation(trpc.alerts.silence.mutationOptions(then));
  return {
    acknowledge: (ids: string[]) => acknowledge.mutate({ ids }),
    /** For so long from now; null ends it. */
    silence: (ids: string[], forMs: number | null) => silence.mutate({ ids, forMs }),
    isPending: acknowledge.isPending || silence.isPending,
  };
}
