"use client";
import { ActionIcon, Group, NativeSelect, Switch } from "@mantine/core";
import {
  IconPlayerPauseFilled,
  IconPlayerPlayFilled,
  IconPlayerSkipBackFilled,
  IconPlayerSkipForwardFilled,
  IconPlayerTrackNextFilled,
  IconPlayerTrackPrevFilled,
  IconRepeat,
  type TablerIcon,
} from "@tabler/icons-react";
import { type Player, SPEEDS } from "./use-player.ts";

/** Buttons and speed. */
export function Controls({ player, bounds }: { player: Player; bounds: { first: string; last: string } }) {
  const { playing, fps, loop, whole } = player;
  return (
    <Group gap="sm" justify="space-between">
      <Group gap={4} wrap="nowrap" role="group" aria-label="Playing">
        <Control
          icon={IconPlayerTrackPrevFilled}
          label="First frame"
          onClick={() => player.goTo(Date.parse(bounds.first))}
        />
        <Control icon={IconPlayerSkipBackFilled} label="Step back" onClick={() => player.step(-1)} />
        <ActionIcon
          size={44}
          radius="xl"
          variant="light"
          aria-label={playing ? "Pause" : "Play"}
          title={`${playing ? "Pause" : "Play"} (Space)`}
          onClick={player.toggle}
        >
          {playing ? (
            <IconPlayerPauseFilled size={22} aria-hidden />
          ) : (
            <IconPlayerPlayFilled size={22} aria-hidden />
          )}
        </ActionIcon>
        <Control icon={IconPlayerSkipForwardFilled} label="Step forward" onClick={() => player.step(1)} />
        <Control
          icon={IconPlayerTrackNextFilled}
          label="Last frame"
          onClick={() => player.goTo(Date.parse(bounds.last))}
        />
        <ActionIcon
          size={36}
          variant={loop ? "light" : "subtle"}
          color={loop ? undefined : "gray"}
          aria-label="Loop"
          aria-pressed={loop}
          title={loop ? "Begins anew at the end" : "Stops at the end"}
          onClick={() => player.setLoop(!loop)}
        >
          <IconRepeat size={20} aria-hidden />
        </ActionIcon>
      </Group>
      <Group gap="sm">
        <NativeSelect
          aria-label="Speed"
          size="xs"
          value={fps}
          onChange={({ currentTarget }) => player.setFps(Number(currentTarget.value))}
          data={SPEEDS.map((speed) => ({ value: String(speed), label: `${speed} frames/s` }))}
        />
        <Switch
          label="Whole pictures"
          size="sm"
          checked={whole}
          onChange={({ currentTarget }) => player.setWhole(currentTarget.checked)}
        />
      </Group>
    </Group>
  );
}

function Control({ icon: Icon, label, onClick }: { icon: TablerIcon; label: string; onClick: () => void }) {
  return (
    <ActionIcon size={36} variant="subtle" color="gray" aria-label={label} title={label} onClick={onClick}>
      <Icon size={18} aria-hidden />
    </ActionIcon>
  );
}
