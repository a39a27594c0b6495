export {
  ALERT_STATES,
  type AlertChannelRow,
  type AlertDeliveryRow,
  type AlertMessage,
  type AlertRow,
  type AlertRuleChange,
  type AlertRuleRow,
  alertChannelRow,
  alertDeliveryRow,
  alertMessage,
  alertRow,
  alertRuleChange,
  alertRuleRow,
  CHANNEL_KINDS,
  type ChannelKind,
  channelConfig,
  type NewAlertChannel,
  newAlertChannel,
  RESOLVED_BECAUSE,
  SEVERITIES,
  type Severity,
} from "./alert.ts";
export {
  AUDIT_FAULTS,
  type AuditHead,
  type AuditLine,
  type AuditReport,
  type AuditRow,
  type AuditSealRow,
  type AuditVerification,
  auditHead,
  auditLine,
  auditReport,
  auditRow,
  auditSealRow,
  auditVerification,
  SEAL_FAULTS,
} from "./audit.ts";
export {
  CAPTURE_TYPES,
  CAPTURED_AT_SOURCES,
  CAPTURES_PER_CALL_MAX,
  type CaptureBatchRow,
  type CaptureRow,
  type CaptureToLog,
  captureBatchRow,
  captureRow,
  captureToLog,
  KNOWN_STATES,
  type KnownCapture,
  knownCapture,
  LOG_OUTCOMES,
  type LoggedCapture,
  loggedCapture,
} from "./capture.ts";
export {
  type CaptureFields,
  type ChangedCapture,
  captureFields,
  changedCapture,
  LIFE_OUTCOMES,
  LIFE_REFUSALS,
} from "./capture-life.ts";
export {
  CATALOGUE_FAULTS,
  type CaptureCheckRow,
  type CatalogueFault,
  CHECK_OUTCOMES,
  type CheckableCapture,
  captureCheckRow,
  capturesToCheck,
  catalogueFault,
  comparedPage,
  type RecordedChecks,
  recordedChecks,
  recounted,
  type ScrubRow,
  scrubRow,
  type TakenIn,
  takenIn,
} from "./catalogue-check.ts";
export type { Database } from "./database.types.ts";
export {
  type DeviceRow,
  type DeviceStatusHourlyRow,
  type DeviceStatusReport,
  type DeviceStatusRow,
  deviceRow,
  deviceSlug,
  deviceStatusHourlyRow,
  deviceStatusReport,
  deviceStatusRow,
  type NewDevice,
  newDevice,
} from "./device.ts";
export { chunkEnv } from "./env/chunk-env.ts";
export { dashboardEnv } from "./env/dashboard-env.ts";
export { logEnv } from "./env/log-env.ts";
export { type Environment, type EnvironmentSchema, parseEnvironment } from "./env/parse-environment.ts";
export { retryEnv } from "./env/retry-env.ts";
export { storageEnv } from "./env/storage-env.ts";
export { supabaseClientEnv, supabaseEnv, supabaseServiceEnv } from "./env/supabase-env.ts";
export {
  ERRORS,
  type ErrorCode,
  type ErrorKind,
  isPilabError,
  PilabError,
  type PilabErrorOptions,
} from "./errors.ts";
export {
  type CaptureCadence,
  captureCadence,
  type DeviceOverview,
  type DevicesOverview,
  deviceOverview,
  devicesOverview,
  type FleetOverview,
  fleetOverview,
  type MetricsSnapshot,
  metricsSnapshot,
  type UploadStep,
  type UploadTotalsRow,
  type UsageDay,
  uploadStep,
  uploadTotalsRow,
  usageDay,
} from "./fleet.ts";
export { type AcquiredLease, acquiredLease, type LeaseRow, leaseRow, retentionLease } from "./lease.ts";
export {
  type RetentionPlanRecord,
  type RunCounts,
  type RunScope,
  retentionPlan,
  runCounts,
  runScope,
} from "./retention-plan.ts";
export {
  type NewRetentionPolicy,
  newRetentionPolicy,
  type RetentionPolicy,
  type RetentionPolicyRow,
  retentionPolicy,
  retentionPolicyRow,
  THIN_EVERY,
  THIN_KEEP,
} from "./retention-policy.ts";
export { type RetentionPreview, retentionPreview, runAnswer } from "./retention-preview.ts";
export {
  PURGE_REFUSALS,
  type PurgedCapture,
  purgedCapture,
  type RetentionRunRow,
  RUN_STATES,
  retentionRunRow,
} from "./retention-run.ts";
export {
  type BucketSettingsRow,
  bucketSettingsRow,
  type CaptureStatsRow,
  type CaptureTotalsRow,
  captureStatsRow,
  captureTotalsRow,
  type StorageUsage,
  storageUsage,
  type UploadStatsRow,
  type UploadTotals,
  uploadStatsRow,
  uploadTotals,
} from "./usage.ts";
export { REQUEST_KINDS, requestArgs, type WorkerRequestRow, workerRequestRow } from "./worker-request.ts";
export {
  CHECK_NAMES,
  type CheckResultRow,
  checkResultRow,
  type WorkerStatusRow,
  workerStatusRow,
} from "./worker-status.ts";
