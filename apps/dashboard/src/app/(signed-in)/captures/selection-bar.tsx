"use client";
import { Affix, Button, CloseButton, Group, Paper, Text, Transition } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconPencil, IconPin, IconPinnedOff, IconRestore } from "@tabler/icons-react";
import { memo } from "react";
import { formatCount } from "../../../components/format.ts";
import { useIdentity } from "../../../components/identity.tsx";
import { mayAct } from "../../../lib/role.ts";
import { FieldsModal } from "./fields-modal.tsx";
import { TrashButton } from "./trash-button.tsx";
import { useChangeCaptures } from "./use-change-captures.ts";
import { ZipButton } from "./zip-button.tsx";

/** What can be done with the captures that are selected. */
export const SelectionBar = memo(function SelectionBar({
  selected,
  onClear,
  trash,
}: {
  selected: ReadonlySet<string>;
  onClear: () => void;
  /** Whether they are in the trash. */
  trash: boolean;
}) {
  const change = useChangeCaptures();
  const [editing, { open, close }] = useDisclosure(false);
  const operator = mayAct(useIdentity().role, "operator");
  const ids = [...selected];
  const then = (done: boolean) => {
    if (done) onClear();
  };

  return (
    <>
      <Affix position={{ bottom: 16, left: 0, right: 0 }} style={{ pointerEvents: "none" }} zIndex={150}>
        <Transition transition="slide-up" mounted={ids.length > 0}>
          {(style) => (
            <Paper
              withBorder
              shadow="lg"
              p="xs"
              radius="lg"
              maw={720}
              mx="auto"
              role="toolbar"
              aria-label="Selected captures"
              style={{ ...style, pointerEvents: "auto", width: "calc(100% - 32px)" }}
            >
              <Group gap="xs" justify="space-between">
                <Group gap={4} wrap="nowrap">
                  <CloseButton onClick={onClear} aria-label="Select none" />
                  <Text size="sm" fw={600} aria-live="polite">
                    {formatCount(ids.length)} selected
                  </Text>
                </Group>
                <Group gap={6}>
                  <ZipButton ids={ids} />
                  {operator && !trash && (
                    <>
                      <Button
                        size="xs"
                        variant="default"
                        leftSection={<IconPin size={16} />}
                        onClick={() => void change.pin(ids).then(then)}
                      >
                        Pin
                      </Button>
                      <Button
                        size="xs"
                        variant="default"
                        leftSection={<IconPinnedOff size={16} />}
                        onClick={() => void change.unpin(ids).then(then)}
                      >
                        Unpin
                      </Button>
                      <Button
                        size="xs"
                        variant="default"
                        leftSection={<IconPencil size={16} />}
                        onClick={open}
                      >
                        Edit
                      </Button>
                      <TrashButton ids={ids} onDone={onClear} />
                    </>
                  )}
                  {operator && trash && (
                    <Button
                      size="xs"
                      leftSection={<IconRestore size={16} />}
                      onClick={() => void change.restore(ids).then(then)}
                    >
                      Restore
                    </Button>
                  )}
                </Group>
              </Group>
            </Paper>
          )}
        </Transition>
      </Affix>
      <FieldsModal opened={editing} onClose={close} ids={ids} onDone={onClear} />
    </>
  );
});
