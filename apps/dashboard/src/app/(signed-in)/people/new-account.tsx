"use client";
import { Button, type ButtonProps, Group, Modal, Stack } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { type ComponentProps, type FormEvent, type ReactNode, useState } from "react";
import { ErrorState } from "../../../components/states.tsx";
import { NewPassword } from "./new-password.tsx";

/** A button that asks for what an account needs, makes it, and shows its password once. */
export function NewAccount({
  title,
  done,
  submit,
  make,
  ready,
  onLeave,
  children,
  ...button
}: Pick<ButtonProps, "leftSection" | "variant"> & {
  /** What the button and the question say. */
  title: string;
  /** The head once it is made. */
  done: string;
  /** The verb on the button that makes it. */
  submit: string;
  make: () => Promise<ComponentProps<typeof NewPassword>["made"]>;
  /** Whether what was filled in can be sent. */
  ready: boolean;
  /** Empties the fields. */
  onLeave: () => void;
  /** The fields. */
  children: ReactNode;
}) {
  const [opened, { open, close }] = useDisclosure(false);
  const [made, setMade] = useState<ComponentProps<typeof NewPassword>["made"]>();
  const [running, setRunning] = useState(false);
  const [error, setError] = useState<unknown>();
  const leave = () => {
    close();
    setMade(undefined);
    setError(undefined);
    onLeave();
  };
  const send = async (event: FormEvent) => {
    event.preventDefault();
    setRunning(true);
    setError(undefined);
    await make().then(setMade, setError);
    setRunning(false);
  };
  return (
    <>
      <Button {...button} onClick={open}>
        {title}
      </Button>
      <Modal
        opened={opened}
        onClose={leave}
        title={made ? done : title}
        size="lg"
        closeOnClickOutside={!made}
        closeOnEscape={!made}
        withCloseButton={!made}
      >
        {made ? (
          <NewPassword made={made} onKept={leave} />
        ) : (
          <form onSubmit={(event) => void send(event)}>
            <Stack>
              {children}
              {error !== undefined && <ErrorState error={error} title="The account was not made" />}
              <Group justify="flex-end">
                <Button variant="default" onClick={leave}>
                  Cancel
                </Button>
                <Button type="submit" loading={running} disabled={!ready}>
                  {submit}
                </Button>
              </Group>
            </Stack>
          </form>
        )}
      </Modal>
    </>
  );
}
