import { Badge } from "@mantine/core";
import {
  IconAlertTriangle,
  IconCircleCheck,
  IconCircleDashed,
  IconClockExclamation,
  IconInfoCircle,
  IconPlayerPause,
  IconPlugConnectedX,
  IconPower,
} from "@tabler/icons-react";
import type { ReactNode } from "react";

const TONES = { ok: "ok", warning: "warning", critical: "critical", neutral: "neutral" } as const;
type Tone = keyof typeof TONES;

/** A word with a colour and a sign: none of the three is needed to understand the others. */
export function ToneBadge({ tone, icon, children }: { tone: Tone; icon?: ReactNode; children: ReactNode }) {
  const color = `var(--pilab-${tone})`;
  return (
    <Badge
      variant="outline"
      leftSection={icon}
      tt="none"
      fw={600}
      style={{ color, borderColor: `color-mix(in srgb, ${color} 45%, transparent)` }}
    >
      {children}
    </Badge>
  );
}

const ICON = { size: 14, stroke: 2.2, "aria-hidden": true } as const;

const DEVICE_STATES = {
  ok: ["ok", "In order", <IconCircleCheck key="i" {...ICON} />],
  late: ["warning", "Late", <IconClockExclamation key="i" {...ICON} />],
  silent: ["critical", "Silent", <IconPlugConnectedX key="i" {...ICON} />],
  paused: ["neutral", "Paused", <IconPlayerPause key="i" {...ICON} />],
  retired: ["neutral", "Retired", <IconPower key="i" {...ICON} />],
  never: ["neutral", "Never seen", <IconCircleDashed key="i" {...ICON} />],
} as const satisfies Record<string, readonly [Tone, string, ReactNode]>;

/** The state of a device. */
export type DeviceState = keyof typeof DEVICE_STATES;

/** The state of a device, in a word. */
export function DeviceBadge({ state }: { state: DeviceState }) {
  const [tone, text, icon] = DEVICE_STATES[state];
  return (
    <ToneBadge tone={tone} icon={icon}>
      {text}
    </ToneBadge>
  );
}

const SEVERITIES = {
  info: ["neutral", "Info", <IconInfoCircle key="i" {...ICON} />],
  warning: ["warning", "Warning", <IconAlertTriangle key="i" {...ICON} />],
  critical: ["critical", "Critical", <IconAlertTriangle key="i" {...ICON} />],
} as const satisfies Record<string, readonly [Tone, string, ReactNode]>;

/** How bad an alert is. */
export function SeverityBadge({ severity }: { severity: keyof typeof SEVERITIES }) {
  const [tone, text, icon] = SEVERITIES[severity];
  return (
    <ToneBadge tone={tone} icon={icon}>
      {text}
    </ToneBadge>
  );
}
