"use client";
import { Alert, Box, Button, Card, Center, Group, Loader, Stack, Text } from "@mantine/core";
import { IconEyeOff } from "@tabler/icons-react";
import { type KeyboardEvent, useEffect, useRef } from "react";
import { formatCount, formatTime } from "../../../components/format.ts";
import { ErrorState } from "../../../components/states.tsx";
import { Time, useZone } from "../../../components/time.tsx";
import type { FilmFilter } from "../../../lib/film-filter.ts";
import { Controls } from "./controls.tsx";
import classes from "./player.module.css";
import { playerKey } from "./player-keys.ts";
import { SPEEDS, usePlayer } from "./use-player.ts";

/** Plays the frames of a filter, the oldest first. */
export function FilmPlayer({
  filter,
  bounds,
  deviceNames,
}: {
  filter: FilmFilter;
  bounds: { first: string; last: string };
  deviceNames: ReadonlyMap<string, string>;
}) {
  const player = usePlayer(filter, bounds);
  const { timeZone } = useZone();
  const { frame, buffer } = player;
  const box = useRef<HTMLDivElement>(null);

  const onKey = (event: Pick<KeyboardEvent, "key" | "shiftKey" | "preventDefault" | "target">) => {
    const action = playerKey(event.key, { shift: event.shiftKey, on: controlAt(event.target as Element) });
    if (action === undefined) return;
    event.preventDefault();
    if (action === "toggle") player.toggle();
    else if (action === "first") player.goTo(Date.parse(bounds.first));
    else if (action === "last") player.goTo(Date.parse(bounds.last));
    else if (action === "faster" || action === "slower") player.setFps(nextSpeed(player.fps, action));
    else player.step(action);
  };
  const latestOnKey = useRef(onKey);
  latestOnKey.current = onKey;
  // Nothing has the focus when the page opens: the keys are the player's then.
  useEffect(() => {
    const listen = (event: globalThis.KeyboardEvent) => {
      if (event.target === document.body && !event.ctrlKey && !event.metaKey && !event.altKey) {
        latestOnKey.current({
          key: event.key,
          shiftKey: event.shiftKey,
          preventDefault: () => event.preventDefault(),
          target: event.target,
        });
      }
    };
    document.addEventListener("keydown", listen);
    return () => document.removeEventListener("keydown", listen);
  }, []);

  if (player.error !== undefined && !frame) {
    return <ErrorState error={player.error} onRetry={() => player.goTo(player.atMs)} />;
  }
  const device = frame && (deviceNames.get(frame.deviceId) ?? "an unknown device");
  const label = frame && `${device}, ${formatTime(new Date(frame.at), timeZone)}`;
  return (
    <Card
      withBorder
      padding="sm"
      component="section"
      aria-label="Player"
      ref={box}
      onKeyDown={(event) => {
        if (!event.ctrlKey && !event.metaKey && !event.altKey) onKey(event);
      }}
    >
      <Box className={classes.stage} data-waits={player.waits || undefined}>
        {frame && player.url ? (
          <img className={classes.picture} src={player.url} alt={label} data-frame={frame.id} />
        ) : (
          <Center h="100%">
            {player.loading ? <Loader role="status" aria-label="Loading frames" /> : <AllSkipped />}
          </Center>
        )}
        {player.waits && (
          <Loader
            className={classes.wait}
            size="sm"
            color="white"
            role="status"
            aria-label="Loading frames"
          />
        )}
      </Box>
      <Stack gap="xs" mt="xs">
        <Group justify="space-between" gap="xs" mih={24}>
          <Text size="sm" fw={600} className="tabular">
            {frame ? <Time at={frame.at} /> : "–"}
          </Text>
          <Text size="sm" c="dimmed">
            {device}
          </Text>
        </Group>
        <input
          type="range"
          className={classes.timeline}
          aria-label="Time in the film"
          aria-valuetext={formatTime(new Date(player.atMs), timeZone)}
          min={Date.parse(bounds.first)}
          max={Math.max(Date.parse(bounds.last), Date.parse(bounds.first) + 1)}
          step={1}
          value={player.atMs}
          onChange={({ currentTarget }) => player.goTo(Number(currentTarget.value))}
        />
        <Controls player={player} bounds={bounds} />
        <Skipped buffer={buffer} />
        {player.error !== undefined && (
          <Alert color="orange" variant="light" p="xs">
            <Group gap="xs" justify="space-between">
              <Text size="sm">More frames could not be read.</Text>
              <Button size="compact-xs" variant="default" onClick={() => player.goTo(player.atMs + 1)}>
                Try again
              </Button>
            </Group>
          </Alert>
        )}
      </Stack>
    </Card>
  );
}

function AllSkipped() {
  return (
    <Stack align="center" gap={4} px="md">
      <IconEyeOff aria-hidden />
      <Text size="sm" ta="center">
        All frames are skipped: they are darker or less sharp than your limits.
      </Text>
    </Stack>
  );
}

/** How many frames the limits leave out, of those read so far. */
function Skipped({ buffer }: { buffer: { read: number; dark: number; blurred: number } | undefined }) {
  if (!buffer || buffer.dark + buffer.blurred === 0) return null;
  const { read, dark, blurred } = buffer;
  const kinds = [dark > 0 && `${formatCount(dark)} dark`, blurred > 0 && `${formatCount(blurred)} blurred`];
  return (
    <Text size="sm" c="dimmed">
      Skipped {formatCount(dark + blurred)} of {formatCount(read)} frames read:{" "}
      {kinds.filter(Boolean).join(", ")}
    </Text>
  );
}

function nextSpeed(fps: number, to: "faster" | "slower"): number {
  const at = SPEEDS.indexOf(fps as (typeof SPEEDS)[number]);
  return SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, at + (to === "faster" ? 1 : -1)))] ?? fps;
}

function controlAt(target: Element): "field" | "button" | "other" {
  if (target.matches("select, textarea, input:not([type=range])")) return "field";
  return target.matches("button, a") ? "button" : "other";
}
