"use client";
import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import type { Person } from "@pilab/storage-core";
import { useMutation } from "@tanstack/react-query";
import { ConfirmButton } from "../../../components/confirm-button.tsx";
import { useIdentity } from "../../../components/identity.tsx";
import { ErrorState } from "../../../components/states.tsx";
import { useTRPC, useTRPCClient } from "../../../lib/trpc.ts";
import { useAct } from "../../../lib/use-act.ts";
import { NewPassword } from "./new-password.tsx";

/** What an admin may do with an account. */
export function PersonActions({ person }: { person: Person }) {
  const trpc = useTRPC();
  const client = useTRPCClient();
  const act = useAct([trpc.people.pathFilter()]);
  const oneself = useIdentity().userId === person.id;
  return (
    <Group gap="xs" wrap="nowrap">
      <PasswordReset person={person} />
      <ConfirmButton
        size="xs"
        variant="subtle"
        color="red"
        title={`Remove ${person.email}?`}
        question={
          <Text size="sm">
            {oneself ? "This is your own account: you are signed out at once. " : ""}
            The account is gone, and cannot sign in any more. A program that holds a token may use it until it
            runs out, within an hour. What the account did stays in the audit log.
          </Text>
        }
        confirm="Remove"
        onConfirm={async () => {
          await client.people.remove.mutate({ id: person.id });
          await act(`${person.email} is removed`, async () => {});
        }}
      >
        Remove
      </ConfirmButton>
    </Group>
  );
}

function PasswordReset({ person }: { person: Person }) {
  const trpc = useTRPC();
  const [opened, { open, close }] = useDisclosure(false);
  const reset = useMutation(trpc.people.setPassword.mutationOptions({ gcTime: 0 }));
  const leave = () => {
    close();
    reset.reset();
  };
  return (
    <>
      <Button size="xs" variant="default" onClick={open}>
        New password
      </Button>
      <Modal
        opened={opened}
        onClose={leave}
        title={reset.data ? "The new password" : "A new password?"}
        closeOnClickOutside={!reset.data}
        closeOnEscape={!reset.data}
        withCloseButton={!reset.data}
        size={reset.data ? "lg" : "md"}
      >
        {reset.data ? (
          <NewPassword made={reset.data} onKept={leave} />
        ) : (
          <Stack>
            <Text size="sm">
              The old password of <b>{person.email}</b> is dead at once, and every session ends. The new one
              is made here and shown once, for you to hand over: no mail is sent.
            </Text>
            {reset.isError && <ErrorState error={reset.error} title="The password stays as it was" />}
            <Group justify="flex-end">
              <Button variant="default" onClick={leave}>
                Cancel
              </Button>
              <Button loading={reset.isPending} onClick={() => reset.mutate({ id: person.id })}>
                Make a new one
              </Button>
            </Group>
          </Stack>
        )}
      </Modal>
    </>
  );
}
