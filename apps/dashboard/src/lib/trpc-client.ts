import {
  createTRPCClient,
  httpBatchStreamLink,
  httpSubscriptionLink,
  splitLink,
  type TRPCClient,
} from "@trpc/client";
import type { AppRouter } from "../server/root.ts";
import { fetchWithClock } from "./server-clock.tsx";

const URL_OF_CALLS = "/api/trpc";

/** The browser's client: calls of one moment travel together and answer one by one; subscriptions are event streams. */
export function createBrowserClient(): TRPCClient<AppRouter> {
  return createTRPCClient<AppRouter>({
    links: [
      splitLink({
        condition: ({ type }) => type === "subscription",
        true: httpSubscriptionLink({ url: URL_OF_CALLS }),
        false: httpBatchStreamLink({ url: URL_OF_CALLS, fetch: fetchWithClock }),
      }),
    ],
  });
}
