"use client";
import { Box, Code, Text } from "@mantine/core";
import { IconPlugConnectedX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTRPC } from "../lib/trpc.ts";
import { Note } from "./note.tsx";
import { Age } from "./time.tsx";

const LOOK_EVERY_MS = 30_000;

/** The worker's state, asked again now and then: its tick is no event. */
export function useWorkerStatus() {
  const trpc = useTRPC();
  return useQuery(trpc.worker.status.queryOptions(undefined, { refetchInterval: LOOK_EVERY_MS }));
}

/** Says that no worker is alive, what that means here, and how to start one. */
export function WorkerNotice({ children }: { children: string }) {
  const { data } = useWorkerStatus();
  if (data === undefined || data.alive) return null;
  const last = data.workers.toSorted((a, b) => b.tick_at.localeCompare(a.tick_at))[0];
  return (
    <Box mb="lg">
      <Note tone="warning" icon={<IconPlugConnectedX />} title="No retention worker is running">
        <Text size="sm">
          {children}{" "}
          {last === undefined ? (
            "None has ever reported here."
          ) : (
            <>
              The last one, {last.name} on {last.host ?? "an unknown host"}, reported{" "}
              <Age at={last.tick_at} />.
            </>
          )}
        </Text>
        <Text size="sm" mt={6}>
          Start it where it can stay: <Code>pilab-retention serve</Code> (<Code>npm start</Code> brings one
          up). This page goes on by itself when it is there.
        </Text>
      </Note>
    </Box>
  );
}
