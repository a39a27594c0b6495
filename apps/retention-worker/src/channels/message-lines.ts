import type { AlertMessage } from "@pilab/schema";

const CHANGES = { opened: "", rose: "worse: ", resolved: "resolved: ", still: "still: " } as const;
const REASONS = {
  cleared: "",
  paused: " (the device was paused)",
  retired: " (the device was retired)",
  rule_off: " (the rule was switched off)",
  gone: " (it is no more)",
} as const;

/** What a message says below its title, a line an alert; nothing when the title says it all. */
export function messageLines({ alerts, more, status }: AlertMessage): string[] {
  if (status === "test" || (alerts.length === 1 && more === 0 && reasonOf(alerts[0]) === "")) return [];
  const lines = alerts.map(
    (alert) =>
      `${CHANGES[alert.change]}${alert.change === "resolved" ? "" : `${alert.severity}: `}${alert.title}${reasonOf(alert)}`,
  );
  return more > 0 ? [...lines, `and ${more} more`] : lines;
}

function reasonOf(alert: AlertMessage["alerts"][number] | undefined): string {
  return alert?.resolved_because ? REASONS[alert.resolved_because] : "";
}
