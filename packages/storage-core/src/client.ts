import type {
  AuditHead,
  AuditReport,
  CheckResultRow,
  DeviceRow,
  MetricsSnapshot,
  NewDevice,
  StorageUsage,
  UploadStep,
  UsageDay,
  WorkerRequestRow,
} from "@pilab/schema";
import { type AlertsApi, alertsApi } from "./alerts/alerts-api.ts";
import { type ExportAuditOptions, exportAudit } from "./audit/export-audit.ts";
import { type AuditOptions, type AuditPage, listAudit } from "./audit/list-audit.ts";
import { auditHeadNow, type Sealed, sealAudit } from "./audit/seal-audit.ts";
import { type VerifyAuditOptions, verifyAudit } from "./audit/verify-audit.ts";
import { asJob, type Bound } from "./bound.ts";
import { type CapturesApi, capturesApi } from "./captures/captures-api.ts";
import { type CheckReport, listCheckResults, reportCheck } from "./checks/check-results.ts";
import { type ClientOptions, createContext } from "./create-context.ts";
import { deviceVerbs } from "./device-client.ts";
import type { checkMayWrite } from "./devices/check-may-write.ts";
import { type CreatedDevice, createDevice } from "./devices/create-device.ts";
import { type DeviceHour, deviceHistory } from "./devices/device-history.ts";
import { renewCredentials } from "./devices/renew-credentials.ts";
import type { reportStatus } from "./devices/report-status.ts";
import type { DeviceState } from "./devices/resolve-device.ts";
import { type DeviceChanges, retireDevice, updateDevice } from "./devices/update-device.ts";
import { type DeviceWithStatus, getDevice, listDevices } from "./fleet/devices-overview.ts";
import { fleetOverview, type Overview } from "./fleet/fleet-overview.ts";
import { checkHealth, type Health } from "./health/check-health.ts";
import { type HeldLease, type HoldOptions, holdLease } from "./leases/hold-lease.ts";
import { type FollowOptions, followChanges, type LiveEvent } from "./live/follow-changes.ts";
import { metricsSnapshot } from "./metrics/metrics-snapshot.ts";
import {
  type CreatedPerson,
  createPerson,
  type NewPerson,
  removePerson,
  setPersonPassword,
  setPersonRole,
} from "./people/change-people.ts";
import { listPeople } from "./people/list-people.ts";
import type { Person, PersonRole } from "./people/person.ts";
import { type ReconcileOptions, type ReconcileReport, reconcile } from "./reconcile/reconcile.ts";
import {
  askWorker,
  getRequest,
  type RequestChange,
  type RequestKind,
  takeRequest,
  updateRequest,
  type WaitOptions,
  waitForRequest,
} from "./requests/requests.ts";
import { type RetentionApi, retentionApi } from "./retention/retention-api.ts";
import { type FaultyCapture, faultyCaptures } from "./scrub/record-checks.ts";
import { type ScrubOptions, type ScrubReport, scrub } from "./scrub/scrub.ts";
import type { Credentials } from "./session.ts";
import { createSupabaseClients } from "./supabase-clients.ts";
import { getUsage } from "./usage/get-usage.ts";
import { type UploadStatsOptions, uploadStats } from "./usage/upload-stats.ts";
import { type UsageDailyOptions, usageDaily } from "./usage/usage-daily.ts";
import { pruneHistory, tickWorker, type Worker, workersStatus } from "./workers/worker-status.ts";

/** The PiLab client: everything that a program does with captures. Each call throws PilabError. */
export interface PilabClient {
  readonly bucket: string;
  readonly captures: CapturesApi;
  readonly retention: RetentionApi;
  readonly leases: {
    /** Does work under a lease, which is renewed meanwhile. With the service key only. */
    hold<T>(name: string, options: HoldOptions & { work: (lease: HeldLease) => Promise<T> }): Promise<T>;
  };
  /** What people ask the retention worker for. */
  readonly requests: {
    ask(kind: RequestKind, args?: Record<string, unknown>): Promise<WorkerRequestRow>;
    get(id: string, signal?: AbortSignal): Promise<WorkerRequestRow>;
    /** Until it is done or failed. */
    wait(id: string, options?: WaitOptions): Promise<WorkerRequestRow>;
    /** With the service key, as {@link update}: the worker's side. */
    take(options: Parameters<typeof takeRequest>[1]): Promise<WorkerRequestRow | undefined>;
    update(id: string, change: RequestChange): Promise<void>;
  };
  readonly usage: {
    /** How full a bucket is. Default: the client's. */
    get(bucket?: string): Promise<StorageUsage>;
    /** What arrived on each UTC day, by device, shot type or series. */
    daily(options: UsageDailyOptions): Promise<UsageDay[]>;
  };
  readonly uploads: {
    /** How uploads went in each hour or day. */
    stats(options: UploadStatsOptions): Promise<UploadStep[]>;
  };
  readonly fleet: {
    /** All that an overview shows, in one round trip. */
    overview(...args: Parameters<Bound<typeof fleetOverview>>): Promise<Overview>;
    /** What prometheusMetrics renders, in one round trip. */
    metrics(signal?: AbortSignal): Promise<MetricsSnapshot>;
  };
  readonly alerts: AlertsApi;
  readonly workers: {
    /** Which there are, and whether they are alive. For viewers and more. */
    status(signal?: AbortSignal): Promise<Worker[]>;
    /** With the service key, as {@link prune}: the worker's own word. */
    tick(...args: Parameters<Bound<typeof tickWorker>>): Promise<void>;
    /** Removes history past its time; answers how many rows of each table. */
    prune(signal?: AbortSignal): Promise<Record<string, number>>;
  };
  readonly checks: {
    /** Reads back what was checked longest ago, and records what it found. With the service key. */
    scrub(options?: ScrubOptions): Promise<ScrubReport>;
    /** Compares rows with objects, and puts right what can be. With the service key. */
    reconcile(options: ReconcileOptions): Promise<ReconcileReport>;
    /** Captures whose object is not what the catalogue says. */
    faulty(...args: Parameters<Bound<typeof faultyCaptures>>): Promise<FaultyCapture[]>;
    /** The last result of each check. For viewers and more. */
    list(signal?: AbortSignal): Promise<CheckResultRow[]>;
    /** With the service key: replaces what the check found last. */
    report(report: CheckReport, signal?: AbortSignal): Promise<void>;
  };
  readonly audit: {
    list(options?: AuditOptions): Promise<AuditPage>;
    /** Seals all that is in the log. With the service key. */
    seal(signal?: AbortSignal): Promise<Sealed>;
    /** The head of the chain of seals, to be kept outside the database; null: nothing is sealed. */
    head(signal?: AbortSignal): Promise<AuditHead | null>;
    /** Checks all of the log, against heads that were kept outside. */
    verify(options?: VerifyAuditOptions): Promise<AuditReport>;
    /** The log as text, a line at a time. */
    export(options: ExportAuditOptions): AsyncGenerator<string>;
  };
  readonly devices: {
    /** With the service key: an account, a row, and the credentials, shown once. */
    create(device: NewDevice): Promise<CreatedDevice>;
    /** With the service key: a new password, shown once; the old one is dead. */
    renewCredentials(id: string): Promise<CreatedDevice>;
    /** Each with its last heartbeat, its newest picture and its state; by slug, retired ones last. */
    list(signal?: AbortSignal): Promise<DeviceWithStatus[]>;
    /** By id; throws `not_found`. */
    get(id: string, signal?: AbortSignal): Promise<DeviceWithStatus>;
    /** Its past by the hour, 90 days at most. */
    history(...args: Parameters<Bound<typeof deviceHistory>>): Promise<DeviceHour[]>;
    /** For operators (name, time_zone, expected_interval_s) and admins. */
    update(id: string, changes: DeviceChanges): Promise<DeviceRow>;
    /** For admins. Its account has no rights from now on. */
    retire(id: string): Promise<DeviceRow>;
  };
  /** Accounts of people and programs. With the service key only; each change is audited. */
  readonly people: {
    /** All but the devices', by address. */
    list(signal?: AbortSignal): Promise<Person[]>;
    /** An account with a role, and its password, shown once. No mail is sent. */
    create(person: NewPerson): Promise<CreatedPerson>;
    /** The last admin stays one: `conflict`. Tokens say the old role until they are renewed. */
    setRole(id: string, role: PersonRole): Promise<Person>;
    /** A new password, shown once; it ends all sessions. */
    setPassword(id: string): Promise<CreatedPerson>;
    /** All but the last admin. */
    remove(id: string): Promise<void>;
  };
  /** The device that this account is; with the service key, the one that is named. */
  readonly device: {
    /** Its settings and its last heartbeat. Throws `forbidden` for an account that is no device, or a retired one. */
    get(options?: { device?: string | undefined; signal?: AbortSignal | undefined }): Promise<DeviceState>;
    /** The heartbeat: replaces what the server shows of the device. */
    reportStatus(...args: Parameters<Bound<typeof reportStatus>>): Promise<void>;
    /** Shows that the device may upload, and leaves nothing. */
    checkMayWrite(...args: Parameters<Bound<typeof checkMayWrite>>): Promise<void>;
  };
  readonly live: {
    /** Which tables changed, told at most once a second, until the signal comes. */
    changes(options: FollowOptions): AsyncGenerator<LiveEvent>;
  };
  readonly health: {
    /** Each dependency with its latency; never throws. */
    check(): Promise<Health>;
  };
  /** The server's clock minus this machine's, in milliseconds; undefined before the first answer. */
  clockOffsetMs(): number | undefined;
  /** Ends all connections. The process ends without it too. */
  close(): Promise<void>;
}

/**
 * Makes a client. It signs in at its first request.
 *
 * @example
 * const pilab = createPilabClient({ url, key, email, password });
 * const { captureId } = await pilab.captures.uploadAndLog("frame.jpg", { shotType: "timelapse" });
 */
export function createPilabClient(options: ClientOptions & Credentials): PilabClient {
  const ctx = createContext(options, createSupabaseClients);
  const verbs = deviceVerbs(ctx);
  return {
    bucket: ctx.bucket,
    captures: capturesApi(ctx),
    retention: retentionApi(ctx),
    leases: { hold: (name, options) => holdLease(ctx, name, options) },
    requests: {
      ask: (kind, args) => asJob(() => askWorker(ctx, kind, args)),
      get: (id, signal) => getRequest(ctx, id, signal),
      wait: (id, options) => waitForRequest(ctx, id, options),
      take: (options) => takeRequest(ctx, options),
      update: (id, change) => updateRequest(ctx, id, change),
    },
    usage: {
      get: (bucket) => getUsage(ctx, bucket),
      daily: (options) => usageDaily(ctx, options),
    },
    uploads: { stats: (options) => uploadStats(ctx, options) },
    fleet: {
      overview: (options) => fleetOverview(ctx, options),
      metrics: (signal) => metricsSnapshot(ctx, signal),
    },
    alerts: alertsApi(ctx),
    workers: {
      status: (signal) => workersStatus(ctx, signal),
      tick: (status, signal) => tickWorker(ctx, status, signal),
      prune: (signal) => pruneHistory(ctx, signal),
    },
    checks: {
      scrub: (options) => asJob(() => scrub(ctx, options)),
      reconcile: (options) => asJob(() => reconcile(ctx, options)),
      faulty: (options) => faultyCaptures(ctx, options),
      list: (signal) => listCheckResults(ctx, signal),
      report: (report, signal) => reportCheck(ctx, report, signal),
    },
    audit: {
      list: (audit) => listAudit(ctx, audit),
      seal: (signal) => sealAudit(ctx, signal),
      head: (signal) => auditHeadNow(ctx, signal),
      verify: (verifying) => verifyAudit(ctx, verifying),
      export: (exporting) => exportAudit(ctx, exporting),
    },
    devices: {
      create: (device) => asJob(() => createDevice(ctx, device)),
      renewCredentials: (id) => asJob(() => renewCredentials(ctx, id)),
      list: (signal) => listDevices(ctx, signal),
      get: (id, signal) => getDevice(ctx, id, signal),
      history: (id, options) => deviceHistory(ctx, id, options),
      update: (id, changes) => asJob(() => updateDevice(ctx, id, changes)),
      retire: (id) => asJob(() => retireDevice(ctx, id)),
    },
    people: {
      list: (signal) => listPeople(ctx, signal),
      create: (person) => asJob(() => createPerson(ctx, person)),
      setRole: (id, role) => asJob(() => setPersonRole(ctx, id, role)),
      setPassword: (id) => asJob(() => setPersonPassword(ctx, id)),
      remove: (id) => asJob(() => removePerson(ctx, id)),
    },
    device: verbs.device,
    live: { changes: (options) => followChanges(ctx, options) },
    health: { check: () => checkHealth(ctx) },
    clockOffsetMs: () => ctx.clock.offsetMs(),
    close: () => ctx.close(),
  };
}
