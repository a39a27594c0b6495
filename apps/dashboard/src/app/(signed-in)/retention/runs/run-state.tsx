import type { RetentionRunRow } from "@pilab/schema";
import {
  IconAlertTriangle,
  IconCircleCheck,
  IconCircleDashed,
  IconHandStop,
  IconHistoryOff,
  IconLoader,
  IconPlayerStop,
} from "@tabler/icons-react";
import type { ReactNode } from "react";
import { ToneBadge } from "../../../../components/state-badge.tsx";

const ICON = { size: 14, stroke: 2.2, "aria-hidden": true } as const;

const FACES: Record<
  RetentionRunRow["state"],
  readonly ["ok" | "warning" | "critical" | "neutral", string, ReactNode]
> = {
  planned: ["neutral", "Planning", <IconCircleDashed key="i" {...ICON} />],
  running: ["neutral", "Under way", <IconLoader key="i" {...ICON} />],
  braked: ["warning", "Waits at the brake", <IconHandStop key="i" {...ICON} />],
  done: ["ok", "Done", <IconCircleCheck key="i" {...ICON} />],
  partly_done: ["warning", "Partly done", <IconAlertTriangle key="i" {...ICON} />],
  failed: ["critical", "Failed", <IconAlertTriangle key="i" {...ICON} />],
  stale: ["neutral", "Plan no longer fits", <IconHistoryOff key="i" {...ICON} />],
  aborted: ["neutral", "Stopped", <IconPlayerStop key="i" {...ICON} />],
};

/** The state of a run, in a word. */
export function RunState({ state }: { state: RetentionRunRow["state"] }) {
  const [tone, text, icon] = FACES[state];
  return (
    <ToneBadge tone={tone} icon={icon}>
      {text}
    </ToneBadge>
  );
}
