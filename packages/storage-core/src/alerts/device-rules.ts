import type { AlertRuleRow } from "@pilab/schema";
import { deviceState, silentAfterMs } from "../fleet/device-state.ts";
import { bytesText } from "../retention/text.ts";
import { forecastBacklog } from "./backlog.ts";
import type { DeviceInput } from "./inputs.ts";
import { type Finding, limit, type Verdict, worse } from "./judgement.ts";
import { percentText, spanText } from "./text.ts";
import { ROUND_TIMING } from "./timing.ts";

/** A device, the server's now, and since when the worker watches without a gap; null: this is a single look. */
export interface DeviceView {
  readonly device: DeviceInput;
  readonly now: Date;
  readonly watchingSince: Date | null;
}

/** A device that is not paused, with its state and its last heartbeat, unless that is too old to say anything. */
interface SeenDevice extends DeviceView {
  readonly isSilent: boolean;
  readonly isSettled: boolean;
  readonly beatAt: Date | null;
  readonly arrivalAt: Date | null;
}

type Rule = (seen: SeenDevice, rule: AlertRuleRow) => Finding | "fine" | "held";
type Status = NonNullable<DeviceInput["status"]>;
type StatusRule = (status: Status, rule: AlertRuleRow, device: DeviceInput) => Finding | null;

/** A heartbeat older than this is the past: an agent's heart beats each minute. */
const STALE_MS = 10 * 60_000;

/** What each rule about devices says of one. */
export const DEVICE_RULES: Record<string, (view: DeviceView, rule: AlertRuleRow) => Verdict> = {
  device_silent: judged((seen, rule) => {
    if (!seen.isSilent) return "fine";
    if (!seen.isSettled) return "held";
    const last = Math.max(seen.beatAt?.getTime() ?? 0, seen.arrivalAt?.getTime() ?? 0);
    return found(rule, `${seen.device.name} has been silent for ${spanText(seen.now.getTime() - last)}`, {
      last_seen_at: new Date(last).toISOString(),
      last_error: seen.device.status?.last_error ?? null,
    });
  }),

  captures_missing: judged((seen, rule) => {
    const { device, now, arrivalAt } = seen;
    if (device.expected_interval_s === null || seen.beatAt === null) return "fine";
    if (seen.isSilent || isStale(seen)) return "held";
    const since = Math.max(
      (arrivalAt ?? new Date(device.created_at)).getTime(),
      device.paused_until === null ? 0 : Date.parse(device.paused_until),
    );
    if (now.getTime() - since <= silentAfterMs(device)) return "fine";
    if (!seen.isSettled) return "held";
    const waiting = device.status?.queue_files ?? 0;
    return found(
      rule,
      `${device.name} is alive, but no capture has come for ${spanText(now.getTime() - since)}${waiting > 0 ? `; ${waiting} wait on its card` : ""}`,
      {
        last_arrival_at: device.last_arrival_at,
        queue_files: waiting,
        last_error: device.status?.last_error ?? null,
      },
    );
  }),

  upload_success_low: judged(({ device }, rule) => {
    const { ok, failed } = device.uploads;
    const share = ok / Math.max(ok + failed, 1);
    if (ok + failed < limit(rule, "min_files") || share >= limit(rule, "min_share")) return "fine";
    return found(
      rule,
      `${device.name}: ${percentText(share)} of uploads succeeded in the last ${limit(rule, "window_h")} h (${failed} of ${ok + failed} attempts failed)`,
      { ok, failed, share, last_error: device.status?.last_error ?? null },
    );
  }),

  backlog_fills_card: reported((status, rule, device) => {
    const { queue_bytes: queueBytes, disk_free_bytes: diskFreeBytes } = status;
    if (queueBytes === null || diskFreeBytes === null) return null;
    const past = device.past?.queue_bytes ?? null;
    const { fullInMs, growthBytesPerS } = forecastBacklog({
      reportedAt: new Date(status.reported_at),
      queueBytes,
      diskFreeBytes,
      past:
        device.past && past !== null
          ? { reportedAt: new Date(device.past.reported_at), queueBytes: past }
          : null,
      uplinkBytesPerS: status.uplink_bytes_per_s,
    });
    if (fullInMs === null || fullInMs > limit(rule, "within_h") * 3_600_000) return null;
    return found(rule, `${device.name}: captures that wait will fill the card in ${spanText(fullInMs)}`, {
      full_in_s: Math.round(fullInMs / 1000),
      queue_bytes: queueBytes,
      growth_bytes_per_s: Math.round(growthBytesPerS ?? 0),
      disk_free_bytes: diskFreeBytes,
      uplink_bytes_per_s: status.uplink_bytes_per_s,
    });
  }),

  disk_low: reported((status, rule, device) => {
    const { disk_free_bytes: free, disk_total_bytes: total } = status;
    if (free === null || !total) return null;
    const share = free / total;
    if (share >= limit(rule, "free_share")) return null;
    const severity =
      share < limit(rule, "critical_free_share") ? worse(rule.severity, "critical") : rule.severity;
    const title = `${device.name}: ${bytesText(free)} (${percentText(share)}) of the card are free`;
    return found({ ...rule, severity }, title, { disk_free_bytes: free, disk_total_bytes: total });
  }),

  device_hot: reported((status, rule, device) => {
    const temp = status.cpu_temp_c;
    if (temp === null || temp < limit(rule, "temp_c")) return null;
    const severity =
      temp >= limit(rule, "critical_temp_c") ? worse(rule.severity, "critical") : rule.severity;
    return found({ ...rule, severity }, `${device.name} is at ${temp.toFixed(1)} °C`, { cpu_temp_c: temp });
  }),

  device_throttled: reported((status, rule, device) =>
    status.throttled === true
      ? found(rule, `${device.name} slows down: it is too hot, or its supply is too weak`, {
          cpu_temp_c: status.cpu_temp_c,
        })
      : null,
  ),

  clock_unsynced: reported((status, rule, device) =>
    status.clock_synced === false
      ? found(
          rule,
          `${device.name}: its clock is not synchronised, so times of captures are not to be trusted`,
          {
            last_error: status.last_error,
          },
        )
      : null,
  ),

  quarantine_growing: reported((status, rule, device) => {
    const grown = (status.quarantined_files ?? 0) - (device.quarantined_before ?? 0);
    if (grown < limit(rule, "files")) return null;
    const reason = status.last_quarantine_reason ? `: ${status.last_quarantine_reason}` : "";
    return found(
      rule,
      `${device.name} set ${grown} files aside as no whole captures within ${limit(rule, "window_h")} h${reason}`,
      { quarantined_files: status.quarantined_files, grown, reason: status.last_quarantine_reason },
    );
  }),

  device_cloned: reported((_status, rule, device) =>
    device.instance_changes >= limit(rule, "changes")
      ? found(rule, `Two machines work as ${device.name}: a cloned card, or one account used twice`, {
          instance_changes: device.instance_changes,
        })
      : null,
  ),
};

/** Looks first at what speaks for no rule: a device that is retired or paused. */
function judged(judge: Rule): (view: DeviceView, rule: AlertRuleRow) => Verdict {
  return (view, rule) => {
    const { device, now, watchingSince } = view;
    // A time ahead of the server's clock is of before that went back; what matters is whether anything came since.
    const toTime = (time: string | null | undefined) => {
      if (time === null || time === undefined) return null;
      return Date.parse(time) > now.getTime() ? (watchingSince ?? now) : new Date(time);
    };
    const [beatAt, arrivalAt] = [toTime(device.status?.reported_at), toTime(device.last_arrival_at)];
    const state = deviceState({ device, reportedAt: beatAt, lastArrivalAt: arrivalAt }, now);
    if (state === "retired" || state === "paused") return state;
    const isSettled =
      watchingSince === null || now.getTime() - watchingSince.getTime() >= ROUND_TIMING.settleS * 1000;
    return judge({ ...view, isSilent: state === "silent", isSettled, beatAt, arrivalAt }, rule);
  };
}

/** For rules about what a device says of itself: one that is away says nothing new. */
function reported(judge: StatusRule): (view: DeviceView, rule: AlertRuleRow) => Verdict {
  return judged((seen, rule) => {
    const { status } = seen.device;
    if (status === null) return "fine";
    return isStale(seen) ? "held" : (judge(status, rule, seen.device) ?? "fine");
  });
}

function isStale({ now, beatAt, isSilent }: SeenDevice): boolean {
  return isSilent || now.getTime() - (beatAt?.getTime() ?? 0) > STALE_MS;
}

function found(
  { severity }: Pick<AlertRuleRow, "severity">,
  title: string,
  detail: Finding["detail"],
): Finding {
  return { severity, title: title.slice(0, 500), detail };
}
