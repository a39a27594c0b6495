"use client";
import { notifications } from "@mantine/notifications";
import type { ChangedCapture } from "@pilab/schema";
import type { CaptureTile } from "@pilab/storage-core";
import { type Query, type QueryKey, useQueryClient } from "@tanstack/react-query";
import type { CaptureFilter } from "../../../lib/capture-filter.ts";
import { errorFacts } from "../../../lib/error-facts.ts";
import { serverNow } from "../../../lib/server-clock.tsx";
import { useTRPC, useTRPCClient } from "../../../lib/trpc.ts";
import { type TilePages, withChange } from "./gallery-pages.ts";
import { outcomeWords } from "./outcome-words.ts";
import { REREAD_KEY } from "./use-reread.ts";

/**
 * The changes that people make to captures, each with a word about how it went. They are written into the pages that were
 * read, however many those are; what is small is read anew.
 */
export function useChangeCaptures() {
  const client = useTRPCClient();
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const lists = [trpc.captures.pathFilter(), trpc.retention.trash.pathFilter()];

  /** `fields`: what the change leaves in each capture. */
  async function change(
    done: string,
    fields: Partial<CaptureTile>,
    work: () => Promise<ChangedCapture[]>,
  ): Promise<boolean> {
    try {
      const changed = await work();
      const { message, refused } = outcomeWords(done, changed);
      notifications.show({ message, color: refused ? "orange" : "teal", autoClose: refused ? 10_000 : 4000 });
      await write(
        new Set(changed.filter(({ outcome }) => outcome !== "refused").map(({ id }) => id)),
        fields,
      );
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
      for (const list of lists)
        void queryClient.invalidateQueries({ ...list, predicate: (query) => !isPages(query) });
      void queryClient.invalidateQueries(trpc.fleet.pathFilter());
    }
  }

  async function write(ids: ReadonlySet<string>, fields: Partial<CaptureTile>): Promise<void> {
    await queryClient.cancelQueries({ queryKey: REREAD_KEY });
    queryClient.setQueriesData({ queryKey: REREAD_KEY }, null);
    for (const list of lists) {
      const pages = { ...list, predicate: isPages };
      // A page on its way would bring back what stood there before; who scrolls asks for it again.
      await queryClient.cancelQueries(pages);
      for (const { queryKey } of queryClient.getQueryCache().findAll({ ...pages, type: "active" })) {
        queryClient.setQueryData<TilePages>(
          queryKey,
          (read) => read && withChange(read, filterOf(queryKey), { ids, fields }),
        );
      }
      // Those that nobody looks at may gain captures, at whatever place.
      queryClient.removeQueries({ ...pages, type: "inactive" });
    }
  }

  const now = () => new Date(serverNow()).toISOString();
  return {
    pin: (ids: string[]) => change("Pinned", { pinned_at: now() }, () => client.captures.pin.mutate({ ids })),
    unpin: (ids: string[]) =>
      change("Unpinned", { pinned_at: null }, () => client.captures.unpin.mutate({ ids })),
    softDelete: (ids: string[]) =>
      change("Moved to the trash", { deleted_at: now() }, () => client.captures.softDelete.mutate({ ids })),
    restore: (ids: string[]) =>
      change("Restored", { deleted_at: null, delete_reason: null }, () =>
        client.captures.restore.mutate({ ids }),
      ),
    setFields: (fields: Parameters<typeof client.captures.setFields.mutate>[0]) =>
      change(
        "Changed",
        {
          ...(fields.series !== undefined && { series: fields.series }),
          ...(fields.shotType !== undefined && { shot_type: fields.shotType }),
        },
        () => client.captures.setFields.mutate(fields),
      ),
  };
}

/** Whether it is a list that goes on, and not what is asked for one capture, or a first page. */
function isPages({ queryKey }: Query): boolean {
  return (queryKey[1] as { type?: string } | undefined)?.type === "infinite";
}

/** By what was asked for; the trash of its own page says so by its name. */
function filterOf([path, asked]: QueryKey): CaptureFilter {
  const { input } = (asked ?? {}) as { input?: CaptureFilter };
  return (path as string[])[1] === "trash" ? { ...input, state: "trashed" } : (input ?? {});
}
