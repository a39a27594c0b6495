"use client";
import { Button, type ButtonProps, Group, Modal, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { type ReactNode, useState } from "react";
import { ErrorState } from "./states.tsx";

/** A button that asks before it acts, shows that it does, and what went wrong. */
export function ConfirmButton({
  title,
  question,
  confirm,
  onConfirm,
  children,
  ...button
}: ButtonProps & {
  /** The head of the question. */
  title: string;
  /** What will happen, and whether it can be undone. */
  question: ReactNode;
  /** The verb on the button that does it. */
  confirm: string;
  onConfirm: () => Promise<unknown>;
}) {
  const [opened, { open, close }] = useDisclosure(false);
  const [running, setRunning] = useState(false);
  const [error, setError] = useState<unknown>();

  const act = async () => {
    setRunning(true);
    setError(undefined);
    try {
      await onConfirm();
      close();
    } catch (failure) {
      setError(failure);
    } finally {
      setRunning(false);
    }
  };

  return (
    <>
      <Button {...button} onClick={open}>
        {children}
      </Button>
      <Modal opened={opened} onClose={close} title={title} centered>
        <Stack>
          <Text component="div" size="sm">
            {question}
          </Text>
          {error !== undefined && <ErrorState error={error} title="This was not done" />}
          <Group justify="flex-end">
            <Button variant="default" onClick={close} disabled={running}>
              Cancel
            </Button>
            <Button color={button.color ?? "red"} onClick={() => void act()} loading={running} data-autofocus>
              {confirm}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}
