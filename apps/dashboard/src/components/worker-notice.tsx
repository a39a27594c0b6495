"use client";
import { Box, Code, Group, Text } from "@mantine/core";
import { IconPlugConnectedX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { createContext, useContext, useSyncExternalStore } from "react";
import { useTRPC } from "../lib/trpc.ts";
import { Note } from "./note.tsx";
import { Age } from "./time.tsx";
import classes from "./worker-notice.module.css";

const LOOK_EVERY_MS = 30_000;

/** Whether the frame of the page was sent with the worker's state. */
export const WorkerKnown = createContext(false);

/**
 * The worker's state, asked again now and then: its tick is no event. Undefined in the first look at a page whose frame was sent
 * without it: the answer may be there before the page comes to life, and must not show in what the server has drawn without.
 */
export function useWorkerStatus() {
  const trpc = useTRPC();
  const { data } = useQuery(trpc.worker.status.queryOptions(undefined, { refetchInterval: LOOK_EVERY_MS }));
  const known = useContext(WorkerKnown);
  const mayShow = useSyncExternalStore(
    never,
    () => true,
    () => known,
  );
  return mayShow ? data : undefined;
}

/** The same in one line, for every page; one with a {@link WorkerNotice} says it there, and more. */
export function WorkerLine() {
  const data = useWorkerStatus();
  if (data === undefined || data.alive) return null;
  const last = lastOf(data.workers);
  return (
    <Group role="status" gap={8} mb="md" wrap="nowrap" align="flex-start" className={classes.line}>
      <IconPlugConnectedX size={18} aria-hidden className={classes.icon} />
      <Text size="sm">
        The retention worker {last === undefined ? "has not been started" : "is not running"}: nothing is
        removed, and nobody is told of anything
        {last !== undefined && (
          <>
            {" "}
            (last sign of it <Age at={last.tick_at} />)
          </>
        )}
        . Start it where it can stay: <Code>pilab-retention serve</Code>
      </Text>
    </Group>
  );
}

/** Says that no worker is alive, what that means here, and how to start one. */
export function WorkerNotice({ children }: { children: string }) {
  const data = useWorkerStatus();
  if (data === undefined || data.alive) return null;
  const last = lastOf(data.workers);
  return (
    <Box mb="lg" data-worker-notice>
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

const never = () => () => {};

function lastOf<W extends { tick_at: string }>(workers: readonly W[]): W | undefined {
  return workers.toSorted((a, b) => b.tick_at.localeCompare(a.tick_at))[0];
}
