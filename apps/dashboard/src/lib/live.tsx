"use client";
import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import {
  createContext,
  type ReactNode,
  startTransition,
  useContext,
  useEffect,
  useMemo,
  useState,
} from "react";
import { errorFacts } from "./error-facts.ts";
import { keepCurrent, type Refresh } from "./keep-current.ts";
import { useTRPCClient } from "./trpc.ts";

/** How a page learns of changes: told at once, by asking every 15 s, or not at all, as the dashboard does not answer. */
export type LiveState = "connecting" | "live" | "polling" | "offline";

const POLL_MS = 15_000;
/** While events come, too: that a Pi went silent, or that time has passed, is no event. */
const READ_ANEW_MS = 60_000;
const FOLLOW_AGAIN_MS = 5000;
const LiveContext = createContext<LiveState>("connecting");

/** The present {@link LiveState}. */
export function useLiveState(): LiveState {
  return useContext(LiveContext);
}

/** Keeps what is on the screen current: asks anew for the queries whose tables changed, and for all when events are away. */
export function LiveProvider({ children }: { children: ReactNode }) {
  const queryClient = useQueryClient();
  const refresh = useRefresh(queryClient);
  const stream = useEvents(refresh);
  const answers = useAnswers(queryClient);
  const state = answers ? stream : "offline";

  useEffect(() => {
    // At once, too: whether the dashboard answers at all is to be known before the first 15 seconds are over.
    if (state === "polling" || state === "offline") refresh();
    const timer = setInterval(() => refresh(), state === "live" ? READ_ANEW_MS : POLL_MS);
    return () => clearInterval(timer);
  }, [state, refresh]);

  return <LiveContext.Provider value={state}>{children}</LiveContext.Provider>;
}

/** See {@link keepCurrent}. */
function useRefresh(queryClient: QueryClient): Refresh {
  const { refresh, watch } = useMemo(() => keepCurrent(queryClient), [queryClient]);
  useEffect(watch, [watch]);
  return refresh;
}

/** Follows the server's events for as long as the page is open. */
function useEvents(refresh: Refresh): Exclude<LiveState, "offline"> {
  const [stream, setNow] = useState<"connecting" | "live" | "polling">("connecting");
  const client = useTRPCClient();

  useEffect(() => {
    // In its own time: what is below may not have come to life yet, and would have to at once.
    const setStream = (next: Parameters<typeof setNow>[0]) => startTransition(() => setNow(next));
    let again: ReturnType<typeof setTimeout> | undefined;
    const follow = () =>
      client.live.changes.subscribe(undefined, {
        onData(event) {
          if (event.kind === "changed") {
            refresh(event.tables);
            return;
          }
          setStream(event.kind === "connected" ? "live" : "polling");
          // What changed while nobody told.
          if (event.kind === "connected") refresh();
        },
        onConnectionStateChange({ state: connection }) {
          if (connection !== "pending") setStream((before) => (before === "connecting" ? before : "polling"));
        },
        // An answer that is no stream ends it, as a proxy's 502 while the dashboard starts again.
        onError() {
          setStream("polling");
          again = setTimeout(() => (subscription = follow()), FOLLOW_AGAIN_MS);
        },
      });
    let subscription = follow();
    return () => {
      clearTimeout(again);
      subscription.unsubscribe();
    };
  }, [client, refresh]);

  return stream;
}

/** Whether the dashboard answers: by the last call that was made, and by what the browser knows of its network. */
function useAnswers(queryClient: QueryClient): boolean {
  const [answers, setAnswers] = useState(true);

  useEffect(() => {
    const unsubscribe = queryClient.getQueryCache().subscribe((event) => {
      if (event.type !== "updated") return;
      const { action } = event;
      if (action.type === "error") setAnswers(errorFacts(action.error).code !== "unreachable");
      if (action.type === "success" && !action.manual) setAnswers(true);
    });
    const online = () => setAnswers(true);
    const offline = () => setAnswers(false);
    window.addEventListener("online", online);
    window.addEventListener("offline", offline);
    return () => {
      unsubscribe();
      window.removeEventListener("online", online);
      window.removeEventListener("offline", offline);
    };
  }, [queryClient]);

  return answers;
}
