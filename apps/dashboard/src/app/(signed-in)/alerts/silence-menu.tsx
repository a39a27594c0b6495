"use client";
import { Button, Menu, MenuDivider, MenuDropdown, MenuItem, MenuLabel, MenuTarget } from "@mantine/core";
import type { AlertRow } from "@pilab/schema";
import { IconBellOff } from "@tabler/icons-react";
import { useNow } from "../../../components/time.tsx";
import { viewOf } from "./by-view.ts";
import { useMarkAlerts } from "./use-mark-alerts.ts";

const HOUR_MS = 3_600_000;

const PRESETS: readonly (readonly [label: string, forMs: number])[] = [
  ["1 hour", HOUR_MS],
  ["8 hours", 8 * HOUR_MS],
  ["1 day", 24 * HOUR_MS],
  ["1 week", 7 * 24 * HOUR_MS],
];

/** Tells nobody of an alert for a while; it stays on the page. */
export function SilenceMenu({ alert }: { alert: AlertRow }) {
  const { silence, isPending } = useMarkAlerts();
  const isSilenced = viewOf(alert, useNow()) === "silenced";
  return (
    <Menu position="bottom-end" withinPortal>
      <MenuTarget>
        <Button size="xs" variant="default" leftSection={<IconBellOff size={16} />} loading={isPending}>
          Silence
        </Button>
      </MenuTarget>
      <MenuDropdown>
        <MenuLabel>Tell nobody for</MenuLabel>
        {PRESETS.map(([label, forMs]) => (
          <MenuItem key={label} onClick={() => silence([alert.id], forMs)}>
            {label}
          </MenuItem>
        ))}
        {isSilenced && (
          <>
            <MenuDivider />
            <MenuItem onClick={() => silence([alert.id], null)}>End the silence</MenuItem>
          </>
        )}
      </MenuDropdown>
    </Menu>
  );
}
