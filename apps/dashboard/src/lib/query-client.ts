import { defaultShouldDehydrateQuery, MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import { errorFacts } from "./error-facts.ts";

/** The cache of a page, on the server for one request and in the browser for its life. */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({ onError: leaveWhenSignedOut }),
    mutationCache: new MutationCache({ onError: leaveWhenSignedOut }),
    defaultOptions: {
      queries: {
        // What the server rendered is not asked for again at once; after that, live events say what is old.
        staleTime: 30_000,
        // The server tried twice: a person rather sees what is wrong, with a button.
        retry: false,
      },
      dehydrate: {
        // The server goes on rendering while its queries run; the browser gets their answers as they come.
        shouldDehydrateQuery: (query) =>
          defaultShouldDehydrateQuery(query) || query.state.status === "pending",
      },
    },
  });
}

/** A session that ended under an open page leads to the door, and from there back to the page. */
function leaveWhenSignedOut(error: unknown): void {
  if (typeof window === "undefined" || errorFacts(error).code !== "not_signed_in") return;
  const { pathname, search } = window.location;
  window.location.assign(`/sign-in?ended=1&next=${encodeURIComponent(pathname + search)}`);
}
