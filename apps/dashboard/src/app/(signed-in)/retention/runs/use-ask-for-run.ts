"use client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useEffect } from "react";
import { useTRPC } from "../../../../lib/trpc.ts";
import { useWorkerRequest } from "../../../../lib/worker-request.ts";

/** Asks the worker for a run and, when it has ended, opens its page. */
export function useAskForRun() {
  const trpc = useTRPC();
  const router = useRouter();
  const queryClient = useQueryClient();
  const request = useWorkerRequest();
  const ask = useMutation(trpc.worker.run.mutationOptions({ onSuccess: request.follow }));
  const made = request.answer?.run?.id;
  useEffect(() => {
    if (made === undefined) return;
    void queryClient.invalidateQueries(trpc.retention.pathFilter());
    router.push(`/retention/runs/${made}`);
  }, [made, queryClient, router, trpc]);
  return { ask, request, isWaiting: ask.isPending || request.isWaiting };
}
