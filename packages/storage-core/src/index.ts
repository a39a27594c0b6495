export type { AlertChannelChange } from "./alerts/alert-channels.ts";
export type { AlertsApi } from "./alerts/alerts-api.ts";
export { type BacklogForecast, type BacklogTrend, forecastBacklog } from "./alerts/backlog.ts";
export { RULE_LABELS } from "./alerts/labels.ts";
export type { AlertCursor, AlertPage, AlertsOptions } from "./alerts/list-alerts.ts";
export { NOTICE_TIMING, ROUND_TIMING } from "./alerts/timing.ts";
export type { ExportAuditOptions } from "./audit/export-audit.ts";
export type { AuditOptions, AuditPage } from "./audit/list-audit.ts";
export type { Sealed } from "./audit/seal-audit.ts";
export { parseAuditHeads, type VerifyAuditOptions, verifyAuditExport } from "./audit/verify-audit.ts";
export { type Account, type AuthOptions, createPilabAuth, type PilabAuth } from "./auth/auth.ts";
export type { Capture } from "./captures/capture.ts";
export type { CadenceOptions } from "./captures/capture-cadence.ts";
export type { CaptureCursor, CaptureFilter, CaptureOrder, Range } from "./captures/capture-filter.ts";
export type { Downloadable } from "./captures/download-capture.ts";
export type { ExportOptions, ExportProgress, ExportSummary } from "./captures/export-captures.ts";
export type { KnownOptions } from "./captures/known-captures.ts";
export type { ArrivalsOptions, CaptureChanges, ChangesOptions } from "./captures/list-arrivals.ts";
export type { CapturePage, CaptureTile, IterateOptions, ListOptions } from "./captures/list-captures.ts";
export type { OpenedCapture, OpenOptions } from "./captures/open-capture.ts";
export type { SignedUrlOptions } from "./captures/signed-url.ts";
export type { CheckReport } from "./checks/check-results.ts";
export { createPilabClient, type PilabClient } from "./client.ts";
export type { CoreLogger, CoreSettings, VerifyLevel } from "./context.ts";
export type { ClientOptions } from "./create-context.ts";
export {
  accountEnv,
  createPilabClientFromEnvironment,
  type FromEnvironmentOptions,
} from "./create-from-environment.ts";
export { csvLine } from "./csv-line.ts";
export type { CreatedDevice } from "./devices/create-device.ts";
export type { DeviceHour } from "./devices/device-history.ts";
export type { DeviceState, UploadDevice } from "./devices/resolve-device.ts";
export type { DeviceChanges } from "./devices/update-device.ts";
export {
  DEVICE_STATES,
  type DeviceSigns,
  type DeviceStateName,
  deviceState,
  silentAfterMs,
} from "./fleet/device-state.ts";
export type { DeviceWithStatus } from "./fleet/devices-overview.ts";
export type { Overview } from "./fleet/fleet-overview.ts";
export { forecastFull } from "./fleet/forecast-full.ts";
export type { DependencyHealth, Health } from "./health/check-health.ts";
export { type HealthReport, healthReport } from "./health/health-report.ts";
export type { HeldLease, HoldOptions } from "./leases/hold-lease.ts";
export type { ChangeOptions } from "./life/change-captures.ts";
export type { FollowOptions, LiveEvent, LiveTable } from "./live/follow-changes.ts";
export { EXPOSITION_TYPE } from "./metrics/exposition.ts";
export { prometheusMetrics, type RequestTiming } from "./metrics/prometheus-metrics.ts";
export type { CreatedPerson, NewPerson } from "./people/change-people.ts";
export { type Person, type PersonRole, programEmail } from "./people/person.ts";
export {
  type CapturedAt,
  type CapturedAtInput,
  chooseCapturedAt,
  type Inspection,
  type InspectOptions,
  inspectCapture,
} from "./pictures/index.ts";
export type { ReconcileOptions, ReconcileReport } from "./reconcile/reconcile.ts";
export type { Settled } from "./reconcile/settle-objects.ts";
export type { RequestKind, WaitOptions } from "./requests/requests.ts";
export { applyPolicies, type RetentionPlan } from "./retention/apply-policies.ts";
export { type BrakeLimits, type BrakeVerdict, checkBrake, suggestBrakeShare } from "./retention/brake.ts";
export { type DailyGrowth, dailyGrowth } from "./retention/daily-growth.ts";
export type { Decision, PlanTally } from "./retention/decision.ts";
export type { RetentionCapture } from "./retention/entry.ts";
export {
  type ForecastContext,
  type ForecastDay,
  type RetentionForecast,
  RetentionForecaster,
} from "./retention/forecast.ts";
export { createGrace } from "./retention/grace.ts";
export type { LiveOptions } from "./retention/live-captures.ts";
export { type RetentionContext, RetentionPlanner } from "./retention/planner.ts";
export type { ForecastRemoval, PolicyForecast } from "./retention/policy-account.ts";
export { policySentence, type SentenceOptions } from "./retention/policy-sentence.ts";
export type { PurgeBatch, PurgeOutcome } from "./retention/purge.ts";
export type { Reason, ReasonCode } from "./retention/reason.ts";
export type { NewRun, RunChange, RunCursor, RunPage, RunsOptions } from "./retention/runs.ts";
export { bytesText, countText } from "./retention/text.ts";
export type {
  TrashCursor,
  TrashedCapture,
  TrashOptions,
  TrashPage,
  TrashPageOptions,
} from "./retention/trash.ts";
export type { Check, FaultyCapture } from "./scrub/record-checks.ts";
export type { ScrubOptions, ScrubReport } from "./scrub/scrub.ts";
export type { Credentials, SessionStore, SignedIn } from "./session.ts";
export { type ObjectPathParts, objectPath, thumbnailPlace } from "./uploads/object-path.ts";
export type { StageTimings, UploadOutcome, UploadResult, UploadSummary } from "./uploads/outcome.ts";
export type { UploadReport } from "./uploads/report-uploads.ts";
export { createMemoryResumeStore, type ResumeStore } from "./uploads/resume-store.ts";
export type { UploadSource } from "./uploads/source.ts";
export type { Placement } from "./uploads/upload-capture.ts";
export type { UploadMany } from "./uploads/upload-many.ts";
export type {
  CaptureMetrics,
  CaptureOptions,
  UploadItem,
  UploadManyOptions,
  UploadOptions,
  UploadProgress,
} from "./uploads/upload-options.ts";
export type { Uploader, UploaderItem, UploaderOptions } from "./uploads/uploader.ts";
export type { VerifiedBy } from "./uploads/verify-decision.ts";
export { successRate, type UploadStatsOptions } from "./usage/upload-stats.ts";
export type { UsageDailyOptions } from "./usage/usage-daily.ts";
export { type UsageReport, usageReport } from "./usage/usage-report.ts";
export type { Worker as WorkerState } from "./workers/worker-status.ts";
