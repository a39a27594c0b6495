import type { DeviceStatusReport } from "@pilab/schema";
import type { DeviceState } from "@pilab/storage-core";
import type { DeviceClient } from "@pilab/storage-core/device";
import { type PowerWatch, readCpuTemperature } from "../health/index.ts";
import type { Journal } from "../journal/journal.ts";
import type { DiskUsage } from "../space/index.ts";
import type { describeAgent } from "./describe-agent.ts";
import type { IdentityWatch } from "./identity-watch.ts";
import type { Vitals } from "./vitals.ts";

/** What {@link createHeartbeat} takes. */
export interface HeartbeatOptions {
  readonly client: Pick<DeviceClient, "device" | "captures">;
  readonly journal: Pick<Journal, "counts" | "oldestQueued" | "nextReport" | "reported">;
  readonly identity: IdentityWatch;
  readonly vitals: Vitals;
  readonly power: PowerWatch;
  readonly version: string;
  /** The device's slug, with the service key. */
  readonly device: string | undefined;
  /** Reads the device's row anew; the settings in it hold from then on. */
  readonly readDevice: (signal: AbortSignal) => Promise<DeviceState>;
  readonly describe: () => ReturnType<typeof describeAgent>;
  readonly disk: () => DiskUsage | null;
  readonly cardBytesWrittenToday: () => number | null;
  readonly clockSynchronised: () => boolean | null;
}

/** Makes what tells the server how this machine is, and learns what it is to do. */
export function createHeartbeat(options: HeartbeatOptions): (signal: AbortSignal) => Promise<void> {
  const { client, journal, identity, power, device, readDevice } = options;

  return async (signal) => {
    const { id, lastHeartbeat } = await readDevice(signal);
    identity.check(lastHeartbeat);
    const forDeviceId = device === undefined ? undefined : id;
    await power.look();
    await client.device.reportStatus(await statusOf(options), { forDeviceId, signal });
    // Only now: who stands in our place from here on is another.
    identity.reported();
    power.reported();
    // Exact whatever is retried: the server adds each numbered report once.
    const report = await journal.nextReport();
    if (report === undefined) return;
    await client.captures.reportUploads({ ...report, device, signal });
    journal.reported(report);
  };
}

async function statusOf(options: HeartbeatOptions): Promise<DeviceStatusReport> {
  const { journal, identity, vitals, power, version } = options;
  const { state, complaints } = options.describe();
  const { queued, placed, quarantined } = journal.counts();
  const oldest = journal.oldestQueued();
  const disk = options.disk();
  return {
    agent_version: version,
    instance: identity.instance,
    state,
    queue_files: queued.files + placed.files,
    queue_bytes: queued.bytes + placed.bytes,
    oldest_queued_at: oldest === undefined ? null : new Date(oldest.mtimeMs).toISOString(),
    quarantined_files: quarantined.files,
    last_quarantine_reason: vitals.lastQuarantineReason?.slice(0, 1000) ?? null,
    uplink_bytes_per_s: vitals.takeUplinkRate(),
    disk_free_bytes: disk?.availableBytes ?? null,
    disk_total_bytes: disk?.totalBytes ?? null,
    card_bytes_written_today: options.cardBytesWrittenToday(),
    cpu_temp_c: await readCpuTemperature(),
    throttled: power.since && (power.since.throttled || power.since.underVoltage),
    clock_synced: options.clockSynchronised(),
    last_upload_at: vitals.lastUploadAt ?? null,
    last_error: complaints.join(" | ").slice(0, 1000) || null,
  };
}
