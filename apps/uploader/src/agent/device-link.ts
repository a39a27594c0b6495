import type { PilabLogger } from "@pilab/logging";
import type { DeviceState, PilabClient } from "@pilab/storage-core";
import type { Journal } from "../journal/journal.ts";
import type { ClockKeeper } from "./clock-keeper.ts";
import type { AgentSettings } from "./settings.ts";
import { tellUplink } from "./tell.ts";
import type { AgentTimes } from "./times.ts";
import { createUplink, type Uplink } from "./uplink.ts";

/** The device as the server last told it, and whether files may go there now. */
export interface DeviceLink {
  readonly uplink: Uplink;
  readonly device: DeviceState | undefined;
  /** Reads the device's row; its settings hold from then on. */
  read(signal: AbortSignal): Promise<DeviceState>;
  /** Files that may be under way now. */
  allowed(): number;
  /** This machine's clock, corrected by the server's. */
  serverNowMs(): number;
}

/** What {@link createDeviceLink} takes. */
export interface DeviceLinkOptions {
  readonly client: Pick<PilabClient, "device" | "bucket" | "clockOffsetMs">;
  readonly journal: Pick<Journal, "bindTarget">;
  readonly settings: Pick<AgentSettings, "url" | "device" | "newTarget" | "firstDelayMs">;
  readonly clock: Pick<ClockKeeper, "decide">;
  readonly times: AgentTimes;
  readonly logger: PilabLogger;
  /** Nothing new is begun. */
  readonly stop: AbortSignal;
  /** What is under way ends too. */
  readonly cut: AbortSignal;
  readonly onDevice: (device: DeviceState) => void;
  readonly onChange: () => void;
}

// Most wait in batches, and hold no bytes.
const FILES_UNDER_WAY = 64;

/** Makes the link, not yet connected: `uplink.run` does it. */
export function createDeviceLink(options: DeviceLinkOptions): DeviceLink {
  const { client, journal, settings, clock, times, logger, stop, cut, onDevice, onChange } = options;
  let device: DeviceState | undefined;
  let told: string = "connecting";

  async function read(signal: AbortSignal): Promise<DeviceState> {
    const found = await client.device.get({ device: settings.device, signal });
    // Before anything is sent: the journal belongs to whom it is sent to.
    const target = { url: settings.url, bucket: client.bucket, deviceId: found.id };
    const bound = await journal.bindTarget(target, { newTarget: settings.newTarget });
    if (bound === "moved")
      logger.warn(target, "the journal has a new target: all that is here is queued again");
    device = found;
    onDevice(found);
    return found;
  }

  const uplink = createUplink({
    probe: async () => {
      await read(cut);
    },
    times,
    firstDelayMs: settings.firstDelayMs,
    signal: stop,
    onChange: (state) => {
      if (state.kind !== told) tellUplink(logger, state);
      told = state.kind;
      onChange();
    },
  });

  const serverNowMs = () => Date.now() + (client.clockOffsetMs() ?? 0);
  return {
    uplink,
    get device() {
      return device;
    },
    read,
    serverNowMs,
    allowed() {
      const { state } = uplink;
      if (state.kind !== "open" || device === undefined) return 0;
      if (device.pausedUntil !== null && device.pausedUntil.getTime() > serverNowMs()) return 0;
      if (clock.decide().kind === "wait") return 0;
      return state.trial ? 1 : FILES_UNDER_WAY;
    },
  };
}
