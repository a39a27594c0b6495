"use client";
import { IconTrash } from "@tabler/icons-react";
import { ConfirmButton } from "../../../components/confirm-button.tsx";
import { formatCount } from "../../../components/format.ts";
import { useChangeCaptures } from "./use-change-captures.ts";

/** Moves captures to the trash, after a question. */
export function TrashButton({ ids, onDone }: { ids: string[]; onDone: () => void }) {
  const change = useChangeCaptures();
  const what = ids.length === 1 ? "this capture" : `${formatCount(ids.length)} captures`;
  return (
    <ConfirmButton
      size="xs"
      variant="light"
      color="red"
      leftSection={<IconTrash size={16} />}
      title={`Move ${what} to the trash?`}
      question="It can be restored from the trash until its grace ends; then the retention worker removes it for good. What is pinned stays."
      confirm="Move to the trash"
      onConfirm={async () => {
        if (await change.softDelete(ids)) onDone();
      }}
    >
      Trash
    </ConfirmButton>
  );
}
