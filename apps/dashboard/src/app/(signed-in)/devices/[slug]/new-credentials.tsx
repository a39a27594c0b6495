"use client";
import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useDisclosure, useMediaQuery } from "@mantine/hooks";
import type { DeviceWithStatus } from "@pilab/storage-core";
import { IconKey } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { NoServiceKey } from "../../../../components/no-service-key.tsx";
import { ErrorState } from "../../../../components/states.tsx";
import { useTRPC } from "../../../../lib/trpc.ts";
import { DeviceCredentials } from "../device-credentials.tsx";

/** For lost credentials and a new card: a new password, shown once; the old one is dead. */
export function NewCredentials({ device }: { device: DeviceWithStatus }) {
  const trpc = useTRPC();
  const me = useQuery(trpc.me.get.queryOptions());
  const [opened, { open, close }] = useDisclosure(false);
  const renew = useMutation(trpc.devices.renewCredentials.mutationOptions({ gcTime: 0 }));
  const phone = useMediaQuery("(max-width: 48em)");
  const leave = () => {
    close();
    renew.reset();
  };
  return (
    <>
      <Button variant="default" leftSection={<IconKey size={16} />} onClick={open}>
        New credentials
      </Button>
      <Modal
        opened={opened}
        onClose={leave}
        title={renew.data ? `New credentials of ${device.slug}` : `New credentials for ${device.name}?`}
        size={renew.data ? "lg" : "md"}
        fullScreen={(phone ?? false) && renew.data !== undefined}
        closeOnClickOutside={!renew.data}
        closeOnEscape={!renew.data}
        withCloseButton={!renew.data}
      >
        {renew.data ? (
          <Stack>
            <DeviceCredentials {...renew.data} renewed />
            <Group justify="flex-end">
              <Button onClick={leave}>I have kept the file</Button>
            </Group>
          </Stack>
        ) : me.data && !me.data.canManagePeople ? (
          <NoServiceKey what="give devices new credentials" />
        ) : (
          <Stack>
            <Text size="sm">
              For a new card, or when the credentials got lost or into other hands. The password that the Pi
              has now is dead at once; its agent goes on for an hour at most, then keeps its pictures until it
              has the new file.
            </Text>
            {renew.isError && <ErrorState error={renew.error} title="The device keeps its credentials" />}
            <Group justify="flex-end">
              <Button variant="default" onClick={leave}>
                Cancel
              </Button>
              <Button loading={renew.isPending} onClick={() => renew.mutate({ id: device.id })}>
                Make new ones
              </Button>
            </Group>
          </Stack>
        )}
      </Modal>
    </>
  );
}
