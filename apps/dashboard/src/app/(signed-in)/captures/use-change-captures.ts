"use client";
import { notifications } from "@mantine/notifications";
import type { ChangedCapture } from "@pilab/schema";
import { useQueryClient } from "@tanstack/react-query";
import { errorFacts } from "../../../lib/error-facts.ts";
import { useTRPC, useTRPCClient } from "../../../lib/trpc.ts";
import { outcomeWords } from "./outcome-words.ts";

/** The changes that people make to captures, each with a word about how it went, and the pages read anew. */
export function useChangeCaptures() {
  const client = useTRPCClient();
  const trpc = useTRPC();
  const queryClient = useQueryClient();

  async function change(done: string, work: () => Promise<ChangedCapture[]>): Promise<boolean> {
    try {
      const { message, refused } = outcomeWords(done, await work());
      notifications.show({ message, color: refused ? "orange" : "teal", autoClose: refused ? 10_000 : 4000 });
      return true;
    } catch (error) {
      const { message, hint } = errorFacts(error);
      notifications.show({
        title: "Not done",
        message: [message, hint].filter(Boolean).join(" "),
        color: "red",
      });
      return false;
    } finally {
      void queryClient.invalidateQueries(trpc.captures.pathFilter());
      void queryClient.invalidateQueries(trpc.fleet.pathFilter());
    }
  }

  return {
    pin: (ids: string[]) => change("Pinned", () => client.captures.pin.mutate({ ids })),
    unpin: (ids: string[]) => change("Unpinned", () => client.captures.unpin.mutate({ ids })),
    softDelete: (ids: string[]) =>
      change("Moved to the trash", () => client.captures.softDelete.mutate({ ids })),
    restore: (ids: string[]) => change("Restored", () => client.captures.restore.mutate({ ids })),
    setFields: (fields: Parameters<typeof client.captures.setFields.mutate>[0]) =>
      change("Changed", () => client.captures.setFields.mutate(fields)),
  };
}
