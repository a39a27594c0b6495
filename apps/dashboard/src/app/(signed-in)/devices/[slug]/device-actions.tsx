"use client";
import { Button, Menu, MenuDropdown, MenuItem, MenuTarget, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import type { DeviceWithStatus } from "@pilab/storage-core";
import { IconAdjustments, IconPlayerPause, IconPlayerPlay } from "@tabler/icons-react";
import { ConfirmButton } from "../../../../components/confirm-button.tsx";
import { useIdentity } from "../../../../components/identity.tsx";
import { mayAct } from "../../../../lib/role.ts";
import { serverNow } from "../../../../lib/server-clock.tsx";
import { useTRPC, useTRPCClient } from "../../../../lib/trpc.ts";
import { useAct } from "../../../../lib/use-act.ts";
import { NewCredentials } from "./new-credentials.tsx";
import { SettingsModal } from "./settings-modal.tsx";

const HOUR_MS = 3_600_000;
const PAUSES = [
  { label: "1 hour", ms: HOUR_MS },
  { label: "1 day", ms: 24 * HOUR_MS },
  { label: "1 week", ms: 7 * 24 * HOUR_MS },
];

/** What this person may do with it. */
export function DeviceActions({ device }: { device: DeviceWithStatus }) {
  const { role } = useIdentity();
  const [editing, { open, close }] = useDisclosure(false);
  const trpc = useTRPC();
  const client = useTRPCClient();
  const act = useAct([trpc.devices.pathFilter(), trpc.fleet.pathFilter()]);
  if (!mayAct(role, "operator") || device.state === "retired") return null;
  const admin = mayAct(role, "admin");
  const { id } = device;
  const pauseUntil = (paused_until: string | null, done: string) =>
    void act(done, () => client.devices.update.mutate({ id, paused_until }));

  return (
    <>
      <Button variant="default" leftSection={<IconAdjustments size={16} />} onClick={open}>
        Settings
      </Button>
      {admin && device.state === "paused" && (
        <Button
          variant="default"
          leftSection={<IconPlayerPlay size={16} />}
          onClick={() => pauseUntil(null, `${device.name} goes on`)}
        >
          Go on
        </Button>
      )}
      {admin && device.state !== "paused" && (
        <Menu position="bottom-end">
          <MenuTarget>
            <Button variant="default" leftSection={<IconPlayerPause size={16} />}>
              Pause
            </Button>
          </MenuTarget>
          <MenuDropdown>
            {PAUSES.map(({ label, ms }) => (
              <MenuItem
                key={label}
                onClick={() =>
                  pauseUntil(new Date(serverNow() + ms).toISOString(), `${device.name} is paused`)
                }
              >
                For {label}
              </MenuItem>
            ))}
            <MenuItem onClick={open}>Until a date</MenuItem>
          </MenuDropdown>
        </Menu>
      )}
      {admin && <NewCredentials device={device} />}
      {admin && (
        <ConfirmButton
          variant="default"
          title={`Retire ${device.name}?`}
          question={
            <>
              <Text size="sm">
                Its account loses all rights at once and its agent stops uploading; what waits on its card
                stays there. Its captures stay here.
              </Text>
              <Text size="sm" mt="xs">
                This cannot be undone: the slug {device.slug} is never used again. To stop it for a while,
                pause it.
              </Text>
            </>
          }
          confirm="Retire it"
          onConfirm={async () => {
            await client.devices.retire.mutate({ id });
            await act(`${device.name} is retired`, async () => {});
          }}
        >
          Retire
        </ConfirmButton>
      )}
      {editing && <SettingsModal device={device} onClose={close} />}
    </>
  );
}
