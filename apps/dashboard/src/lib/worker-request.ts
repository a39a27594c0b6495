"use client";
import { skipToken, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTRPC } from "./trpc.ts";

const LOOK_EVERY_MS = 1000;

/**
 * Follows one request to the worker until it is answered: pass `follow` the id of what was asked. The answer stays until
 * something else is followed, or `forget`.
 */
export function useWorkerRequest() {
  const trpc = useTRPC();
  const [id, setId] = useState<string>();
  const query = useQuery(
    trpc.worker.request.queryOptions(id === undefined ? skipToken : { id }, {
      staleTime: 0,
      refetchInterval: ({ state }) => (isOver(state.data?.state) ? false : LOOK_EVERY_MS),
    }),
  );
  const answer = id === undefined ? undefined : query.data;
  return {
    follow: (request: { id: string }) => setId(request.id),
    forget: () => setId(undefined),
    answer,
    /** The dashboard does not say how far it is; it goes on being asked. */
    error: id === undefined ? null : query.error,
    isWaiting: id !== undefined && !isOver(answer?.state),
  };
}

/** See {@link useWorkerRequest}. */
export type FollowedRequest = ReturnType<typeof useWorkerRequest>;

function isOver(state: string | undefined): boolean {
  return state === "done" || state === "failed";
}
