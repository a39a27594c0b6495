"use client";
import {
  ActionIcon,
  Group,
  Menu,
  MenuDivider,
  MenuDropdown,
  MenuItem,
  MenuLabel,
  MenuTarget,
  SegmentedControl,
  Stack,
  Text,
  useMantineColorScheme,
} from "@mantine/core";
import { useMounted } from "@mantine/hooks";
import { IconKey, IconLogout, IconUser } from "@tabler/icons-react";
import Link from "next/link";
import { useIdentity } from "./identity.tsx";
import { useZone, type ZoneChoice } from "./time.tsx";

/** Who is signed in; theme, zone, and the way out. */
export function UserMenu() {
  const identity = useIdentity();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const { choice, timeZone, choose } = useZone();
  const mounted = useMounted();
  return (
    <Menu position="bottom-end" width={280} withinPortal>
      <MenuTarget>
        <ActionIcon variant="default" size="lg" radius="xl" aria-label="Account and settings of the page">
          <IconUser size={18} />
        </ActionIcon>
      </MenuTarget>
      <MenuDropdown>
        <Stack gap={0} px="sm" py={6}>
          <Text size="sm" fw={600} truncate>
            {identity.email}
          </Text>
          <Text size="xs" c="dimmed">
            {identity.role}
          </Text>
        </Stack>
        <MenuDivider />
        <MenuLabel>Theme</MenuLabel>
        <Group px="sm" pb="xs">
          <SegmentedControl
            aria-label="Theme"
            size="xs"
            fullWidth
            w="100%"
            value={mounted ? colorScheme : "auto"}
            onChange={(value) => setColorScheme(value as "auto" | "light" | "dark")}
            data={[
              { value: "auto", label: "System" },
              { value: "light", label: "Light" },
              { value: "dark", label: "Dark" },
            ]}
          />
        </Group>
        <MenuLabel>Times in</MenuLabel>
        <Group px="sm" pb={4}>
          <SegmentedControl
            aria-label="Zone of times"
            size="xs"
            fullWidth
            w="100%"
            value={choice}
            onChange={(value) => choose(value as ZoneChoice)}
            data={[
              { value: "lab", label: "Lab's zone" },
              { value: "viewer", label: "My zone" },
            ]}
          />
          <Text size="xs" c="dimmed">
            Now {timeZone}; UTC shows on hover
          </Text>
        </Group>
        <MenuDivider />
        <MenuItem component={Link} href="/account" leftSection={<IconKey size={16} />}>
          Account and password
        </MenuItem>
        <form method="post" action="/api/sign-out">
          {/* A form that has gone from the page sends nothing. */}
          <MenuItem type="submit" leftSection={<IconLogout size={16} />} closeMenuOnClick={false}>
            Sign out
          </MenuItem>
        </form>
      </MenuDropdown>
    </Menu>
  );
}
