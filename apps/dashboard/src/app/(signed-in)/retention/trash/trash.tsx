"use client";
import { Button, Center, Group, SegmentedControl, Select, Text } from "@mantine/core";
import { IconRestore, IconTrash } from "@tabler/icons-react";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useIdentity } from "../../../../components/identity.tsx";
import { EmptyState, QueryView } from "../../../../components/states.tsx";
import { Age, useNow } from "../../../../components/time.tsx";
import { live } from "../../../../lib/live-meta.ts";
import { mayAct } from "../../../../lib/role.ts";
import { useTRPC } from "../../../../lib/trpc.ts";
import { firstOf, READ_ONCE, useLivePages } from "../../../../lib/use-live-pages.ts";
import { useChangeCaptures } from "../../captures/use-change-captures.ts";
import { CaptureList } from "../capture-list.tsx";
import { reasonWords } from "../reason-words.ts";
import { RetentionFrame } from "../retention-frame.tsx";
import { useSelection } from "../selection.ts";
import { TRASH_PAGE } from "./page-size.ts";

/** The page: what is in the trash, why, and until when it can be restored. */
export function Trash() {
  const trpc = useTRPC();
  const change = useChangeCaptures();
  const isOperator = mayAct(useIdentity().role, "operator");
  const scopes = useQuery(trpc.retention.scopes.queryOptions());
  const [order, setOrder] = useState<"newest" | "oldest">(TRASH_PAGE.order);
  const [deviceId, setDeviceId] = useState<string | null>(null);
  const input = { ...TRASH_PAGE, order, ...(deviceId !== null && { deviceId }) };
  const pages = useInfiniteQuery(trpc.retention.trash.infiniteQueryOptions(input, READ_ONCE));
  const first = useQuery(
    trpc.retention.trash.queryOptions(input, { ...live("retention_runs"), ...firstOf(pages) }),
  );
  const key = trpc.retention.trash.infiniteQueryKey(input);
  const trash = useLivePages({ pages, first, key, rowsOf: ({ captures }) => captures });
  const { rows } = trash;
  const selection = useSelection(rows.filter(({ purging_at }) => purging_at === null).map(({ id }) => id));
  const devices = scopes.data?.devices ?? [];

  async function restore() {
    if (await change.restore(selection.selected)) selection.setAll(false);
  }

  return (
    <RetentionFrame description="What was removed lies here until its grace ends; until then it can be restored.">
      <Group gap="sm" mb="md">
        <Select
          aria-label="Device"
          placeholder="All devices"
          clearable
          searchable
          w={220}
          value={deviceId}
          onChange={setDeviceId}
          data={devices.map(({ id, name }) => ({ value: id, label: name }))}
        />
        <SegmentedControl
          aria-label="Order"
          value={order}
          onChange={(value) => setOrder(value as typeof order)}
          data={[
            { value: "newest", label: "Last in first" },
            { value: "oldest", label: "Longest there first" },
          ]}
        />
      </Group>
      <QueryView query={trash.query}>
        {() =>
          rows.length === 0 ? (
            <EmptyState icon={<IconTrash />} title="The trash is empty">
              {deviceId === null
                ? "What policies or people remove comes here first."
                : "Nothing of this device lies here."}
            </EmptyState>
          ) : (
            <>
              <CaptureList
                caption="Captures in the trash"
                rows={rows}
                hrefOf={(id) => `/captures?state=trashed&capture=${id}`}
                deviceNames={new Map(devices.map(({ id, name }) => [id, name]))}
                selection={isOperator ? selection : undefined}
                actions={
                  <Button
                    size="xs"
                    leftSection={<IconRestore size={16} />}
                    disabled={selection.selected.length === 0}
                    onClick={() => void restore()}
                  >
                    Restore
                  </Button>
                }
                columns={[
                  { head: "Removed", cell: ({ deleted_at }) => <Age at={deleted_at} /> },
                  { head: "Why", cell: ({ delete_reason }) => reasonWords(delete_reason) },
                  { head: "Gone for good", cell: (row) => <GoesAt {...row} /> },
                ]}
              />
              {trash.hasMore && (
                <Center mt="md">
                  <Button variant="default" loading={trash.isLoadingMore} onClick={trash.loadMore}>
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

function GoesAt({ goes_at, purging_at }: { goes_at: string | null; purging_at: string | null }) {
  const nowMs = useNow();
  if (purging_at !== null) return "being removed now";
  if (goes_at === null) return "held by its pin";
  if (Date.parse(goes_at) > nowMs) return <Age at={goes_at} />;
  return (
    <Text span inherit style={{ color: "var(--pilab-warning)" }}>
      with the next run
    </Text>
  );
}
