import type { PilabLogger } from "@pilab/logging";
import { isPilabError, PilabError } from "@pilab/schema";
import type { DeviceState } from "@pilab/storage-core";
import type { DeviceClient } from "@pilab/storage-core/device";
import type { Journal } from "../journal/journal.ts";
import type { Progress } from "../systemd/index.ts";
import type { ClockKeeper } from "./clock-keeper.ts";
import { STUCK_MS } from "./loops.ts";
import { consumeNewTargetMark } from "./new-target-mark.ts";
import type { AgentSettings } from "./settings.ts";
import { tellUplink } from "./tell.ts";
import type { AgentTimes } from "./times.ts";
import { createUplink, type Uplink, type UplinkState } from "./uplink.ts";

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
  readonly client: Pick<DeviceClient, "device" | "bucket" | "clockOffsetMs">;
  readonly journal: Pick<Journal, "bindTarget">;
  readonly settings: Pick<AgentSettings, "url" | "device" | "newTarget" | "firstDelayMs" | "stateFolder">;
  readonly clock: Pick<ClockKeeper, "decide">;
  readonly times: AgentTimes;
  readonly progress: Progress;
  readonly logger: PilabLogger;
  /** Nothing new is begun. */
  readonly stop: AbortSignal;
  readonly onDevice: (device: DeviceState) => void;
  readonly onChange: (state: UplinkState) => void;
}

// Most wait in batches, and hold no bytes.
const FILES_UNDER_WAY = 64;

/** Makes the link, not yet connected: `uplink.run` does it. */
export function createDeviceLink(options: DeviceLinkOptions): DeviceLink {
  const { client, journal, settings, clock, times, logger, stop, onDevice, onChange } = options;
  let device: DeviceState | undefined;
  let told: string = "connecting";
  let { newTarget } = settings;

  async function read(signal: AbortSignal): Promise<DeviceState> {
    const found = await client.device.get({ device: settings.device, signal });
    // Before anything is sent: the journal belongs to whom it is sent to.
    const target = { url: settings.url, bucket: client.bucket, deviceId: found.id };
    const bound = await journal
      .bindTarget(target, { newTarget })
      .catch((error: unknown) => Promise.reject(wrongTarget(error)));
    if (newTarget) consumeNewTargetMark(settings.stateFolder);
    newTarget = false;
    if (bound === "moved")
      logger.warn(target, "the journal has a new target: all that is here is queued again");
    device = found;
    onDevice(found);
    return found;
  }

  const uplink = createUplink({
    // Given up at once when the agent stops: no capture hangs on it.
    probe: async () => {
      // All that can hang on the way: between two questions it waits, for a quarter of an hour if need be.
      const step = options.progress.begin("the question to the server", STUCK_MS);
      await read(stop).finally(step.end);
    },
    isFatal: isWrongTarget,
    times,
    firstDelayMs: settings.firstDelayMs,
    signal: stop,
    onChange: (state) => {
      if (state.kind !== told) tellUplink(logger, state);
      told = state.kind;
      onChange(state);
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

/** A matter of configuration: the service is not to be started again and again. */
function wrongTarget(error: unknown): unknown {
  if (!isPilabError(error) || error.code !== "conflict") return error;
  return new PilabError("invalid_input", error.message, {
    hint: error.hint,
    cause: error,
    details: { isWrongTarget: true },
  });
}

/** Whether the journal belongs to somebody else, which no waiting mends. */
export function isWrongTarget(error: unknown): boolean {
  return isPilabError(error) && error.details?.isWrongTarget === true;
}
