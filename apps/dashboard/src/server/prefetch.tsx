import "server-only";
import { setTimeout as sleep } from "node:timers/promises";
import { type DehydratedState, defaultShouldDehydrateQuery, dehydrate } from "@tanstack/react-query";
import { createTRPCOptionsProxy } from "@trpc/tanstack-react-query";
import { cache, type ReactNode } from "react";
import { Hydrate } from "../lib/hydrate.tsx";
import { createQueryClient } from "../lib/query-client.ts";
import { appRouter } from "./root.ts";
import { createContext } from "./trpc.ts";

const queryClient = cache(createQueryClient);

/** The calls as query options, on the server: `await prefetch(trpc.usage.get.queryOptions())`. */
export const trpc = createTRPCOptionsProxy({ ctx: createContext, router: appRouter, queryClient });

/** Asks before the page is sent, so that it comes with its content. A failure is left to the browser, which asks again. */
export async function prefetch(...queries: QueryToAsk[]): Promise<void> {
  await Promise.all(queries.map((query) => queryClient().prefetchQuery(query as never)));
}

/** As {@link prefetch}, the first page of a list that goes on. */
export async function prefetchPages(query: QueryToAsk): Promise<void> {
  await queryClient().prefetchInfiniteQuery(query as never);
}

/** Whatever `queryOptions()` gives: its own types say of which call, which matters to nobody here. */
type QueryToAsk = { readonly queryKey: readonly unknown[] };

/** Gives what was prefetched to the components inside. */
export function Hydrated({ children }: { children: ReactNode }) {
  return <Hydrate state={dehydrate(queryClient())}>{children}</Hydrate>;
}

/**
 * Asks for what the frame of pages shows, and waits so long and no longer. What comes later the browser asks for itself: given
 * to it while it is on its way, it might be there for the browser's first look and not have been for the server's.
 */
export async function prefetchInTime(query: QueryToAsk, waitMs: number): Promise<DehydratedState> {
  const own = createQueryClient();
  await Promise.race([own.prefetchQuery(query as never), sleep(waitMs)]);
  return dehydrate(own, { shouldDehydrateQuery: defaultShouldDehydrateQuery });
}
