"use client";
import { Button, Center } from "@mantine/core";
import { countText } from "@pilab/storage-core/words";
import { IconPin, IconPinnedOff } from "@tabler/icons-react";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { ConfirmButton } from "../../../../components/confirm-button.tsx";
import { useIdentity } from "../../../../components/identity.tsx";
import { EmptyState, QueryView } from "../../../../components/states.tsx";
import { Age } from "../../../../components/time.tsx";
import { live } from "../../../../lib/live-meta.ts";
import { mayAct } from "../../../../lib/role.ts";
import { useTRPC } from "../../../../lib/trpc.ts";
import { firstOf, READ_ONCE, useLivePages } from "../../../../lib/use-live-pages.ts";
import { useChangeCaptures } from "../../captures/use-change-captures.ts";
import { CaptureList } from "../capture-list.tsx";
import { RetentionFrame } from "../retention-frame.tsx";
import { useSelection } from "../selection.ts";
import { HOLDS_PAGE } from "./page-size.ts";

/** The page: pinned captures. */
export function Holds() {
  const trpc = useTRPC();
  const change = useChangeCaptures();
  const isOperator = mayAct(useIdentity().role, "operator");
  const scopes = useQuery(trpc.retention.scopes.queryOptions());
  const pages = useInfiniteQuery(trpc.captures.tiles.infiniteQueryOptions(HOLDS_PAGE, READ_ONCE));
  const first = useQuery(
    trpc.captures.tiles.queryOptions(HOLDS_PAGE, { ...live("retention_runs"), ...firstOf(pages) }),
  );
  const key = trpc.captures.tiles.infiniteQueryKey(HOLDS_PAGE);
  const held = useLivePages({ pages, first, key, rowsOf: ({ captures }) => captures });
  const { rows } = held;
  const selection = useSelection(rows.map(({ id }) => id));

  async function unpin() {
    if (await change.unpin(selection.selected)) selection.setAll(false);
  }

  return (
    <RetentionFrame description="Pinned captures are held: no policy removes them, and nothing of theirs is removed for good.">
      <QueryView query={held.query}>
        {() =>
          rows.length === 0 ? (
            <EmptyState icon={<IconPin />} title="Nothing is held">
              Select captures <Link href="/captures">on the page Captures</Link> and pin them, and retention
              leaves them alone.
            </EmptyState>
          ) : (
            <>
              <CaptureList
                caption="Pinned captures"
                rows={rows}
                hrefOf={(id) => `/captures?pinned=yes&capture=${id}`}
                deviceNames={new Map(scopes.data?.devices.map(({ id, name }) => [id, name]))}
                selection={isOperator ? selection : undefined}
                actions={
                  <ConfirmButton
                    size="xs"
                    leftSection={<IconPinnedOff size={16} />}
                    disabled={selection.selected.length === 0}
                    color="teal"
                    title="Unpin these captures?"
                    question={`The next run may remove ${countText(selection.selected.length, "capture")}, as its policies say. Until then pinning holds what was unpinned.`}
                    confirm="Unpin"
                    onConfirm={unpin}
                  >
                    Unpin
                  </ConfirmButton>
                }
                columns={[
                  {
                    head: "Pinned",
                    cell: ({ pinned_at }) => (pinned_at === null ? "–" : <Age at={pinned_at} />),
                  },
                ]}
              />
              {held.hasMore && (
                <Center mt="md">
                  <Button variant="default" loading={held.isLoadingMore} onClick={held.loadMore}>
                    Show more
                  </Button>
                </Center>
              )}
            </>
          )
        }
      </QueryView>
    </RetentionFrame>
  );
}
