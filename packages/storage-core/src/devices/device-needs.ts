import { percentText, spanText } from "../alerts/text.ts";
import { DEVICE_STATES } from "../fleet/device-state.ts";
import type { DeviceWithStatus } from "../fleet/devices-overview.ts";
import { bytesText, countText } from "../retention/text.ts";

/** Something about a device that asks for a person: the one rule that tiles, lists, pages and the terminal share. */
export interface Need {
  readonly about:
    | "life"
    | "identity"
    | "card"
    | "heat"
    | "power"
    | "clock"
    | "backlog"
    | "quarantine"
    | "agent";
  readonly tone: "critical" | "warning";
  /** For a list: two words or so. */
  readonly short: string;
  readonly what: string;
  /** What to do. */
  readonly todo: string;
}

/** Below these shares of a card, and from these temperatures, as the alert rules have them before anybody changes them. */
const FREE = { warning: 0.1, critical: 0.03 };
const HOT_C = { warning: 80, critical: 85 };
/** A backlog that is older is no passing one. */
const BACKLOG_MS = 3_600_000;
/** A reboot is one; two machines that take turns are many. The alert rule has the same number. */
const INSTANCE_CHANGES = 6;

/** What a device needs, by its last heartbeat, the worst first. A retired one needs nothing. */
export function needsOf(device: DeviceWithStatus): Need[] {
  const { state, status } = device;
  if (state === "retired") return [];
  const needs = [
    ...lifeNeeds(device),
    ...identityNeeds(device),
    ...(status ? statusNeeds(status, Date.parse(device.read_at)) : []),
  ];
  return needs.toSorted((a, b) => RANKS[a.tone] - RANKS[b.tone]);
}

const RANKS = { critical: 0, warning: 1 };

/** Devices in the order in which they need a person; those that need nobody by state, then as they come. */
export function byUrgency<D extends DeviceWithStatus>(devices: readonly D[]): D[] {
  const rank = (device: D) => {
    const worst = needsOf(device)[0];
    return (worst ? RANKS[worst.tone] : 2) * DEVICE_STATES.length + DEVICE_STATES.indexOf(device.state);
  };
  return devices.toSorted((a, b) => rank(a) - rank(b));
}

function* lifeNeeds({ state, status, last_arrival_at, read_at }: DeviceWithStatus): Generator<Need> {
  const now = Date.parse(read_at);
  const last = (what: string, time: string | null | undefined) =>
    time == null ? `no ${what} ever came` : `the last ${what} came ${spanText(now - Date.parse(time))} ago`;
  if (state === "silent") {
    yield {
      about: "life",
      tone: "critical",
      short: "No sign of life",
      what: `No heartbeat and no picture; ${last("heartbeat", status?.reported_at)}.`,
      todo: "Look at power and network first. On the Pi, systemctl status pilab-uploader says whether the agent runs, and pilab-uploader doctor what keeps it from sending.",
    };
  } else if (state === "late" && status && now - Date.parse(status.reported_at) < 600_000) {
    yield {
      about: "life",
      tone: "warning",
      short: "Pictures overdue",
      what: `The Pi is alive, but ${last("picture", last_arrival_at)}.`,
      todo: "Look at the camera: systemctl status pilab-capture on the Pi, and whether its folder gets files. If the interval is no longer right, change it in the settings.",
    };
  } else if (state === "late") {
    yield {
      about: "life",
      tone: "warning",
      short: "Heartbeat lost",
      what: `A heartbeat is due each minute; ${last("heartbeat", status?.reported_at)}.`,
      todo: "The agent may have stopped, or the network is away: systemctl status pilab-uploader on the Pi.",
    };
  }
}

function* identityNeeds({ instance_changes }: DeviceWithStatus): Generator<Need> {
  if (instance_changes < INSTANCE_CHANGES) return;
  yield {
    about: "identity",
    tone: "critical",
    short: "Two machines",
    what: `Two machines work with its account: their heartbeats took turns ${countText(instance_changes, "time")} in two hours.`,
    todo: "A cloned card, or one file of credentials used twice: add a device for the other, and give this one a new password.",
  };
}

type Status = NonNullable<DeviceWithStatus["status"]>;

function* statusNeeds(status: Status, now: number): Generator<Need> {
  const { disk_free_bytes: free, disk_total_bytes: total, cpu_temp_c: temp } = status;
  if (free !== null && total && free / total < FREE.warning) {
    yield {
      about: "card",
      tone: free / total < FREE.critical ? "critical" : "warning",
      short: "Card nearly full",
      what: `${bytesText(free)} of the card are free (${percentText(free / total)}).`,
      todo: "pilab-uploader status on the Pi says what of it is the agent's, which frees its own when pictures are stored; the rest is not. Never delete the spool by hand.",
    };
  }
  if (temp !== null && temp >= HOT_C.warning) {
    yield {
      about: "heat",
      tone: temp >= HOT_C.critical ? "critical" : "warning",
      short: "Too hot",
      what: `Its processor is at ${temp.toFixed(0)} °C.`,
      todo: "Give it shade, air or a fan.",
    };
  }
  if (status.throttled) {
    yield {
      about: "power",
      tone: "warning",
      short: "Slowed down",
      what: "Its processor slows itself down, for heat or because its power supply is too weak. A weak supply spoils writes to the card.",
      todo: "Use the Pi's own supply and a short cable; vcgencmd get_throttled on the Pi tells which of the two it is.",
    };
  }
  if (status.clock_synced === false) {
    yield {
      about: "clock",
      tone: "warning",
      short: "Clock not set",
      what: "Its clock is not synchronised: pictures without a time of their own are marked as uncertain.",
      todo: "timedatectl on the Pi tells; NTP must get through (UDP port 123), or give it a real-time clock.",
    };
  }
  const waiting = status.queue_files ?? 0;
  if (waiting > 0 && status.oldest_queued_at && now - Date.parse(status.oldest_queued_at) > BACKLOG_MS) {
    yield {
      about: "backlog",
      tone: "warning",
      short: "Backlog",
      what: `${countText(waiting, "picture")} ${waiting === 1 ? "waits" : "wait"}, the oldest for ${spanText(now - Date.parse(status.oldest_queued_at))}.`,
      todo: "They are safe on the card and go up when the network lets them. If it stays so: a faster uplink, or a longer interval.",
    };
  }
  const quarantined = status.quarantined_files ?? 0;
  if (quarantined > 0) {
    yield {
      about: "quarantine",
      tone: "warning",
      short: "Quarantine",
      what: `${countText(quarantined, "file")} ${quarantined === 1 ? "is" : "are"} set aside that cannot become captures.`,
      todo: "pilab-uploader quarantine list on the Pi names each with its reason.",
    };
  }
  if (status.last_error !== null) {
    yield {
      about: "agent",
      tone: "warning",
      short: "Agent's complaint",
      what: `Its agent says: ${status.last_error}`,
      todo: "journalctl -u pilab-uploader on the Pi has what came before it.",
    };
  }
}
