"use client";
import { Tooltip } from "@mantine/core";
import { IconBroadcast, IconCloudOff, IconRefresh } from "@tabler/icons-react";
import { type LiveState, useLiveState } from "../lib/live.tsx";
import { ToneBadge } from "./state-badge.tsx";

const ICON = { size: 14, stroke: 2.2, "aria-hidden": true } as const;

const FACES: Record<
  LiveState,
  readonly [Parameters<typeof ToneBadge>[0]["tone"], string, React.ReactNode, string]
> = {
  connecting: ["neutral", "Connecting", <IconRefresh key="i" {...ICON} />, "Asking for events of changes"],
  live: ["ok", "Live", <IconBroadcast key="i" {...ICON} />, "Changes show at once"],
  polling: [
    "warning",
    "Polling",
    <IconRefresh key="i" {...ICON} />,
    "Events of changes are away: the page asks every 15 seconds instead",
  ],
  offline: [
    "critical",
    "Offline",
    <IconCloudOff key="i" {...ICON} />,
    "The dashboard does not answer: what you see is what was last known. The page goes on by itself",
  ],
};

/** How current the page is. */
export function LiveBadge() {
  const [tone, text, icon, why] = FACES[useLiveState()];
  return (
    <Tooltip label={why} multiline maw={260}>
      <span role="status" aria-label={`${text}: ${why}`}>
        <ToneBadge tone={tone} icon={icon}>
          {text}
        </ToneBadge>
      </span>
    </Tooltip>
  );
}
