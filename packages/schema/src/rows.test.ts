import { describe, expect, expectTypeOf, test } from "vitest";
import type { Database } from "./database.types.ts";
import {
  type AlertChannelRow,
  type AlertDeliveryRow,
  type AlertRow,
  type AlertRuleRow,
  type AuditRow,
  type AuditSealRow,
  auditRow,
  type BucketSettingsRow,
  type CaptureBatchRow,
  type CaptureCheckRow,
  type CaptureRow,
  type CaptureStatsRow,
  type CaptureTotalsRow,
  type CheckResultRow,
  captureRow,
  captureToLog,
  type DeviceRow,
  type DeviceStatusHourlyRow,
  type DeviceStatusRow,
  deviceStatusReport,
  knownCapture,
  type LeaseRow,
  loggedCapture,
  newDevice,
  type RetentionPolicyRow,
  type RetentionRunRow,
  type ScrubRow,
  storageUsage,
  type UploadStatsRow,
  type UploadTotalsRow,
  uploadTotals,
  type WorkerRequestRow,
  type WorkerStatusRow,
} from "./index.ts";

type Row<Table extends keyof Database["public"]["Tables"]> = Database["public"]["Tables"][Table]["Row"];
type Json =
  | "exif"
  | "metadata"
  | "details"
  | "plan"
  | "errors"
  | "cursor"
  | "args"
  | "result"
  | "detail"
  | "params"
  | "config"
  | "message"
  | "channels";
/** Whether a contract has exactly the columns of its table, and no value that the table could not hold. */
type Fits<Contract, Table extends keyof Database["public"]["Tables"]> = [keyof Contract] extends [
  keyof Row<Table>,
]
  ? [keyof Row<Table>] extends [keyof Contract]
    ? // jsonb columns: `unknown` here, `Json` there
      Omit<Contract, Json> extends Omit<Row<Table>, Json>
      ? true
      : "a column's type differs"
    : "a column is missing"
  : "a column too many";

test("each row's contract has exactly its table's columns (checked by tsc)", () => {
  expectTypeOf<Fits<CaptureRow, "captures">>().toEqualTypeOf<true>();
  expectTypeOf<Fits<DeviceRow, "devices">>().toEqualTypeOf<true>();
  expectTypeOf<Fits<DeviceStatusRow, "device_status">>().toEqualTypeOf<true>();
  expectTypeOf<Fits<AuditRow, "storage_audit_log">>().toEqualTypeOf<true>();
  expectTypeOf<Fits<AuditSealRow, "audit_seals">>().toEqualTypeOf<true>();
  expectTypeOf<Fits<CaptureCheckRow, "capture_checks">>().toEqualTypeOf<true>();
  expectTypeOf<Fits<ScrubRow, "scrubs">>().toEqualTypeOf<true>();
  expectTypeOf<Fits<CaptureBatchRow, "capture_batches">>().toEqualTypeOf<true>();
  expectTypeOf<Fits<CaptureStatsRow, "capture_stats_daily">>().toEqualTypeOf<true>();
  expectTypeOf<Fits<CaptureTotalsRow, "capture_totals">>().toEqualTypeOf<true>();
  expectTypeOf<Fits<UploadStatsRow, "upload_stats_hourly">>().toEqualTypeOf<true>();
  expectTypeOf<Fits<UploadTotalsRow, "upload_totals">>().toEqualTypeOf<true>();
  expectTypeOf<Fits<BucketSettingsRow, "bucket_settings">>().toEqualTypeOf<true>();
  expectTypeOf<Fits<LeaseRow, "leases">>().toEqualTypeOf<true>();
  expectTypeOf<Fits<RetentionPolicyRow, "retention_policies">>().toEqualTypeOf<true>();
  expectTypeOf<Fits<RetentionRunRow, "retention_runs">>().toEqualTypeOf<true>();
  expectTypeOf<Fits<WorkerRequestRow, "worker_requests">>().toEqualTypeOf<true>();
  expectTypeOf<Fits<WorkerStatusRow, "worker_status">>().toEqualTypeOf<true>();
  expectTypeOf<Fits<CheckResultRow, "check_results">>().toEqualTypeOf<true>();
  expectTypeOf<Fits<DeviceStatusHourlyRow, "device_status_hourly">>().toEqualTypeOf<true>();
  expectTypeOf<Fits<AlertRuleRow, "alert_rules">>().toEqualTypeOf<true>();
  expectTypeOf<Fits<AlertRow, "alerts">>().toEqualTypeOf<true>();
  expectTypeOf<Fits<AlertChannelRow, "alert_channels">>().toEqualTypeOf<true>();
  expectTypeOf<Fits<AlertDeliveryRow, "alert_deliveries">>().toEqualTypeOf<true>();
});

const uuid = "0190cafe-0000-4000-8000-000000000001";
const uploaded = {
  bucket_id: "pilab-dev",
  object_path: "pi-1/2026/01/02/030405-abcdef012345.jpg",
  file_name: "IMG_0001.JPG",
  sha256: "ab".repeat(32),
  size_bytes: 500_000,
  content_type: "image/jpeg",
  series: "moss",
  shot_type: null,
  captured_at: "2026-01-02T03:04:05.678Z",
  captured_at_source: "exif",
  captured_at_trusted: true,
  clock_offset_ms: -12,
  width: 4056,
  height: 3040,
  brightness: 0.4,
  sharpness: 1,
  contrast: 0,
  measures_source: "pilab",
  measures_version: "1",
  exif: { make: "Raspberry Pi" },
  metadata: {},
  thumbnail_path: null,
};

describe("captureToLog", () => {
  test("accepts what the uploader sends", () => {
    expect(captureToLog.parse(uploaded)).toEqual(uploaded);
  });

  test.each([
    ["an upper-case hash", { sha256: "AB".repeat(32) }],
    ["an empty file", { size_bytes: 0 }],
    ["a path outside a device's folder", { object_path: "a.jpg" }],
    ["a local time", { captured_at: "2026-01-02T03:04:05" }],
    ["an unknown source of time", { captured_at_source: "guess" }],
    ["a measure above 1", { brightness: 1.01 }],
    ["a header's width of 0", { width: 0 }],
    ["an empty series", { series: "" }],
    ["a list as metadata", { metadata: [] }],
  ])("refuses %s", (_title, change) => {
    expect(captureToLog.safeParse({ ...uploaded, ...change }).success).toBe(false);
  });
});

test("captureRow takes PostgREST's timestamps and drops columns that it does not know yet", () => {
  const row = {
    ...uploaded,
    id: uuid,
    device_id: uuid,
    thumbnail_bytes: null,
    storage_object_id: null,
    is_public: false,
    pinned_at: null,
    repeat_count: 0,
    last_repeated_at: null,
    created_at: "2026-01-02T03:04:07.123456+00:00",
    deleted_at: null,
    delete_reason: null,
    purging_at: null,
    purged_at: null,
  };
  expect(captureRow.parse({ ...row, column_of_tomorrow: 1 })).toEqual(row);
});

test("a refused item has neither id nor path; an unknown hash has no row", () => {
  const refused = {
    position: 3,
    sha256: null,
    id: null,
    object_path: null,
    outcome: "refused",
    reason: "object_missing",
  };
  expect(loggedCapture.parse(refused)).toEqual(refused);
  const unknown = {
    sha256: uploaded.sha256,
    state: "unknown",
    id: null,
    object_path: null,
    size_bytes: null,
  };
  expect(knownCapture.parse(unknown)).toEqual(unknown);
  expect(knownCapture.safeParse({ ...unknown, state: "maybe" }).success).toBe(false);
});

test("newDevice needs only a slug, and knows time zones", () => {
  expect(newDevice.parse({ slug: "pi-1" })).toEqual({ slug: "pi-1" });
  expect(newDevice.safeParse({ slug: "pi-1", time_zone: "Europe/Berlin" }).success).toBe(true);
  expect(newDevice.safeParse({ slug: "pi-1", time_zone: "Berlin" }).success).toBe(false);
  expect(newDevice.safeParse({ slug: "Pi 1" }).success).toBe(false);
});

test("deviceStatusReport takes any part of a heartbeat, but neither device nor time", () => {
  expect(deviceStatusReport.parse({})).toEqual({});
  expect(deviceStatusReport.parse({ queue_files: 3, reported_at: "2020-01-01T00:00:00Z" })).toEqual({
    queue_files: 3,
  });
  expect(deviceStatusReport.safeParse({ queue_files: -1 }).success).toBe(false);
});

test("auditRow's action is object.verb", () => {
  const row = {
    id: 1,
    created_at: "2026-01-02T03:04:05Z",
    correlation_id: uuid,
    actor: null,
    actor_claimed: true,
  };
  const about = { device_id: null, object_type: "capture", object_id: uuid, details: { to: 1 } };
  expect(auditRow.parse({ ...row, ...about, action: "capture.restored" })).toMatchObject({
    action: "capture.restored",
  });
  expect(auditRow.safeParse({ ...row, ...about, action: "restored" }).success).toBe(false);
});

test("storageUsage takes what storage_usage answers for an empty and for a used bucket", () => {
  const none = { files: 0, bytes: 0 };
  const some = { files: 2, bytes: 1_000_000 };
  const empty = {
    bucket_id: "b",
    quota_bytes: null,
    live: none,
    trashed: none,
    purging: none,
    purged: none,
    stored: none,
  };
  const lists = { by_device: [], by_shot_type: [], by_series: [], by_day: [] };
  expect(storageUsage.parse({ ...empty, ...lists })).toEqual({ ...empty, ...lists });
  const used = {
    by_device: [{ device_id: uuid, slug: "pi-1", ...some }],
    by_shot_type: [{ shot_type: null, ...some }],
    by_series: [{ series: "moss", ...some }],
    by_day: [{ day: "2026-01-02", ...some }],
  };
  expect(storageUsage.parse({ ...empty, ...used }).by_device[0]?.slug).toBe("pi-1");
});

test("uploadTotals are whole numbers that never are below 0", () => {
  expect(uploadTotals.safeParse({ ok: 1, failed: 0, duplicate: 0, bytes: 5 }).success).toBe(true);
  expect(uploadTotals.safeParse({ ok: 1.5, failed: 0, duplicate: 0, bytes: 5 }).success).toBe(false);
});
