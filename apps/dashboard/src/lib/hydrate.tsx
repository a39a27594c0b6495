"use client";
import { type DehydratedState, HydrationBoundary } from "@tanstack/react-query";
import { type ReactNode, useMemo } from "react";
import { byBrowser } from "./server-clock.tsx";

/** Takes over what the server asked for, its moments by this browser's clock: the cache reckons by that alone. */
export function Hydrate({ state, children }: { state: DehydratedState; children: ReactNode }) {
  const here = useMemo(() => inBrowserTime(state), [state]);
  return <HydrationBoundary state={here}>{children}</HydrationBoundary>;
}

function inBrowserTime({ queries, ...rest }: DehydratedState): DehydratedState {
  return {
    ...rest,
    queries: queries.map((query) => ({
      ...query,
      state: { ...query.state, dataUpdatedAt: byBrowser(query.state.dataUpdatedAt) },
    })),
  };
}
