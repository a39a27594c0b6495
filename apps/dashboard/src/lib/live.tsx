"use client";
import type { LiveTable } from "@pilab/storage-core";
import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useEffect, useState } from "react";
import { useTRPCClient } from "./trpc.ts";

/** How a page learns of changes: told at once, by asking every 15 s, or not at all, as the dashboard does not answer. */
export type LiveState = "connecting" | "live" | "polling" | "offline";

const POLL_MS = 15_000;
const LiveContext = createContext<LiveState>("connecting");

/** The present {@link LiveState}. */
export function useLiveState(): LiveState {
  return useContext(LiveContext);
}

/** Keeps what is on the screen current: asks anew for the queries whose tables changed, and for all when events are away. */
export function LiveProvider({ children }: { children: ReactNode }) {
  const [state, setState] = useState<LiveState>("connecting");
  const client = useTRPCClient();
  const queryClient = useQueryClient();

  useEffect(() => {
    let streamOpen = false;
    const subscription = client.live.changes.subscribe(undefined, {
      onData(event) {
        if (event.kind === "changed") {
          refresh(queryClient, (tables) => tables.some((table) => event.tables.includes(table)));
          return;
        }
        setState(event.kind === "connected" ? "live" : "polling");
        // What changed while nobody told.
        if (event.kind === "connected") refresh(queryClient);
      },
      onConnectionStateChange({ state: connection }) {
        streamOpen = connection === "pending";
        if (!streamOpen) setState((before) => (before === "connecting" ? before : "polling"));
      },
      onError: () => setState("polling"),
    });
    return () => subscription.unsubscribe();
  }, [client, queryClient]);

  useEffect(() => {
    const online = () => setState("polling");
    const offline = () => setState("offline");
    window.addEventListener("online", online);
    window.addEventListener("offline", offline);
    return () => {
      window.removeEventListener("online", online);
      window.removeEventListener("offline", offline);
    };
  }, []);

  useEffect(() => {
    if (state === "live") return;
    const timer = setInterval(() => refresh(queryClient), POLL_MS);
    return () => clearInterval(timer);
  }, [state, queryClient]);

  return <LiveContext.Provider value={state}>{children}</LiveContext.Provider>;
}

/** Asks anew for what is on the screen; an answer that is already on its way is waited for, however many events come. */
function refresh(
  queryClient: QueryClient,
  wanted: (tables: readonly LiveTable[]) => boolean = () => true,
): void {
  void queryClient.invalidateQueries(
    {
      predicate: ({ meta }) => {
        const tables = meta?.live as readonly LiveTable[] | undefined;
        return tables !== undefined && wanted(tables);
      },
    },
    { cancelRefetch: false },
  );
}
