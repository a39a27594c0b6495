/**
 * Who may do what over HTTP: one line an action, one word a caller. The database's own catalogue says which tables, views,
 * functions and buckets there must be a line for.
 *
 * Reading: `all` rows, `own` those of the caller's device, `public` published captures, `preview` and `run` requests of that
 * kind, `none` an empty answer, `-` refused.
 * Everything else: `yes`, `none` (nothing matched under the caller's policies, nothing changed) or `-` refused.
 * A caller with an expired, forged or unsigned token is refused everywhere, and has no column.
 */
export const CALLERS = [
  "anon",
  "none",
  "viewer",
  "operator",
  "admin",
  "device",
  "other",
  "retired",
  "service",
] as const;

/** `none` is signed in without a role, `device` is pi-1, `other` pi-2, `retired` pi-old. */
export type CallerName = (typeof CALLERS)[number];

const NOBODY = "-       -       -       -         -       -           -           -       -";

// biome-ignore format: it is a table
export const TABLES: Record<string, Record<string, string>> = {
  //                            anon    none    viewer  operator  admin   device      other       retired service
  captures: {
    select:                    "public  public  all     all       all     own+public  own+public  public  all",
    insert:                    "-       -       -       -         -       -           -           -       yes",
    "update series":           "-       -       -       -         -       -           -           -       yes",
    "update deleted_at":       "-       -       -       -         -       -           -           -       yes",
    "update sha256":            NOBODY,
    "update created_at":        NOBODY,
    delete:                     NOBODY,
  },
  devices: {
    select:                    "-       none    all     all       all     own         own         none    all",
    insert:                    "-       -       -       -         yes     -           -           -       yes",
    "update name":             "-       none    none    yes       yes     none        none        none    yes",
    "update time_zone":        "-       none    none    yes       yes     none        none        none    yes",
    "update expected_interval_s": "-    none    none    yes       yes     none        none        none    yes",
    "update series":           "-       none    none    -         yes     none        none        none    yes",
    "update retired_at":       "-       none    none    -         yes     none        none        none    yes",
    "update user_id":          "-       none    none    -         yes     none        none        none    yes",
    "update slug":              NOBODY,
    delete:                     NOBODY,
  },
  device_status: {
    select:                    "-       none    all     all       all     own         own         none    all",
    insert:                     NOBODY,
    "update state":             NOBODY,
    delete:                     NOBODY,
  },
  device_status_hourly: {
    select:                    "-       none    all     all       all     own         own         none    all",
    insert:                     NOBODY,
    "update reports":           NOBODY,
    delete:                     NOBODY,
  },
  capture_batches: {
    select:                    "-       none    all     all       all     own         own         none    all",
    insert:                     NOBODY,
    "update bytes":             NOBODY,
    delete:                    "-       -       -       -         -       -           -           -       yes",
  },
  capture_stats_daily: {
    select:                    "-       none    all     all       all     own         own         none    all",
    insert:                     NOBODY,
    "update live_files":        NOBODY,
    delete:                     NOBODY,
  },
  capture_totals: {
    select:                    "-       none    all     all       all     own         own         none    all",
    insert:                     NOBODY,
    "update live_files":        NOBODY,
    delete:                     NOBODY,
  },
  upload_totals: {
    select:                    "-       none    all     all       all     own         own         none    all",
    insert:                     NOBODY,
    "update ok":                NOBODY,
    delete:                     NOBODY,
  },
  upload_stats_hourly: {
    select:                    "-       none    all     all       all     own         own         none    all",
    insert:                     NOBODY,
    "update ok":                NOBODY,
    delete:                     NOBODY,
  },
  bucket_settings: {
    select:                    "-       none    all     all       all     none        none        none    all",
    insert:                    "-       -       -       -         yes     -           -           -       yes",
    "update quota_bytes":      "-       none    none    none      yes     none        none        none    yes",
    delete:                    "-       -       -       -         -       -           -           -       yes",
  },
  retention_policies: {
    select:                    "-       none    all     all       all     none        none        none    all",
    insert:                    "-       -       -       -         yes     -           -           -       yes",
    "update keep_days":        "-       none    none    none      yes     none        none        none    yes",
    "update created_at":        NOBODY,
    delete:                    "-       none    none    none      yes     none        none        none    yes",
  },
  retention_runs: {
    select:                    "-       none    all     all       all     none        none        none    all",
    insert:                    "-       -       -       -         -       -           -           -       yes",
    "update cursor":           "-       -       -       -         -       -           -           -       yes",
    delete:                    "-       -       -       -         -       -           -           -       yes",
  },
  worker_requests: {
    select:                    "-       none    preview preview+run all   none        none        none    all",
    "insert preview":          "-       -       yes     yes       yes     -           -           -       yes",
    "insert run":              "-       -       -       yes       yes     -           -           -       yes",
    "insert test_send":        "-       -       -       -         yes     -           -           -       yes",
    "insert verify":           "-       -       -       -         yes     -           -           -       yes",
    "update error":            "-       -       -       -         -       -           -           -       yes",
    "update requested_by":      NOBODY,
    delete:                    "-       -       -       -         -       -           -           -       yes",
  },
  worker_status: {
    select:                    "-       none    all     all       all     none        none        none    all",
    insert:                    "-       -       -       -         -       -           -           -       yes",
    "update host":             "-       -       -       -         -       -           -           -       yes",
    delete:                    "-       -       -       -         -       -           -           -       yes",
  },
  check_results: {
    select:                    "-       none    all     all       all     none        none        none    all",
    insert:                    "-       -       -       -         -       -           -           -       yes",
    "update found":            "-       -       -       -         -       -           -           -       yes",
    delete:                    "-       -       -       -         -       -           -           -       yes",
  },
  alert_rules: {
    select:                    "-       none    all     all       all     none        none        none    all",
    insert:                     NOBODY,
    "update severity":         "-       none    none    none      yes     none        none        none    yes",
    "update key":               NOBODY,
    delete:                     NOBODY,
  },
  alerts: {
    select:                    "-       none    all     all       all     none        none        none    all",
    insert:                     NOBODY,
    "update title":             NOBODY,
    delete:                     NOBODY,
  },
  alert_channels: {
    select:                    "-       none    all     all       all     none        none        none    all",
    insert:                    "-       -       -       -         yes     -           -           -       yes",
    "update min_severity":     "-       none    none    none      yes     none        none        none    yes",
    "update kind":              NOBODY,
    delete:                    "-       none    none    none      yes     none        none        none    yes",
  },
  alert_deliveries: {
    select:                    "-       none    all     all       all     none        none        none    all",
    insert:                    "-       -       -       -         -       -           -           -       yes",
    "update last_error":       "-       -       -       -         -       -           -           -       yes",
    "update message":           NOBODY,
    delete:                     NOBODY,
  },
  leases: {
    select:                    "-       -       -       -         -       -           -           -       all",
    insert:                     NOBODY,
    "update holder":            NOBODY,
    delete:                     NOBODY,
  },
  capture_checks: {
    select:                    "-       none    all     all       all     none        none        none    all",
    insert:                     NOBODY,
    "update detail":            NOBODY,
    delete:                     NOBODY,
  },
  scrubs: {
    select:                    "-       none    all     all       all     none        none        none    all",
    insert:                     NOBODY,
    "update day_bytes":         NOBODY,
    delete:                     NOBODY,
  },
  audit_seals: {
    select:                    "-       none    none    all       all     none        none        none    all",
    insert:                     NOBODY,
    "update digest":            NOBODY,
    delete:                     NOBODY,
  },
  storage_audit_log: {
    select:                    "-       none    none    all       all     none        none        none    all",
    insert:                     NOBODY,
    "update action":            NOBODY,
    delete:                     NOBODY,
  },
};

// biome-ignore format: it is a table
export const FUNCTIONS: Record<string, Record<string, string>> = {
  //                            anon    none    viewer  operator  admin   device      other       retired service
  log_captures: {
    "for the caller":          "-       -       -       -         -       yes         yes         -       -",
    "for pi-1 by its id":      "-       -       -       -         -       yes         -           -       yes",
  },
  known_captures: {
    "for the caller":          "-       -       -       -         -       yes         yes         -       -",
    "for pi-1 by its id":      "-       -       -       -         -       yes         -           -       yes",
  },
  report_uploads: {
    "for the caller":          "-       -       -       -         -       yes         yes         -       -",
    "for pi-1 by its id":      "-       -       -       -         -       yes         -           -       yes",
  },
  report_device_status: {
    "for the caller":          "-       -       -       -         -       yes         yes         -       -",
    "for pi-1 by its id":      "-       -       -       -         -       yes         -           -       yes",
  },
  storage_usage: {
    "of pilab-dev":            "-       -       yes     yes       yes     -           -           -       yes",
  },
  fleet_overview: {
    "of pilab-dev":            "-       -       yes     yes       yes     -           -           -       yes",
  },
  device_overview: {
    "of every device":         "-       yes     yes     yes       yes     yes         yes         yes     yes",
  },
  metrics_snapshot: {
    "of what they see":        "-       yes     yes     yes       yes     yes         yes         yes     yes",
  },
  usage_daily: {
    "of pilab-dev":            "-       none    yes     yes       yes     yes         yes         none    yes",
  },
  upload_stats: {
    "of what they see":        "-       yes     yes     yes       yes     yes         yes         yes     yes",
  },
  capture_cadence: {
    "of pi-1":                 "-       yes     yes     yes       yes     yes         yes         yes     yes",
  },
  stored_objects: {
    "private of pi-1":         "-       none    yes     yes       yes     yes         none        none    yes",
  },
  pin_captures: {
    "of pi-1":                  "-       -       -       yes       yes     -           -           -       yes",
  },
  unpin_captures: {
    "of pi-1":                  "-       -       -       yes       yes     -           -           -       yes",
  },
  publish_captures: {
    "of pi-1":                  "-       -       -       yes       yes     -           -           -       yes",
  },
  unpublish_captures: {
    "of pi-1":                  "-       -       -       yes       yes     -           -           -       yes",
  },
  soft_delete_captures: {
    "of pi-1":                  "-       -       -       yes       yes     -           -           -       yes",
  },
  restore_captures: {
    "of pi-1":                  "-       -       -       yes       yes     -           -           -       yes",
  },
  set_capture_fields: {
    "of pi-1":                  "-       -       -       yes       yes     -           -           -       yes",
  },
  acquire_lease: {
    "of a free job":           "-       -       -       -         -       -           -           -       yes",
  },
  renew_lease: {
    "by its token":            "-       -       -       -         -       -           -           -       yes",
  },
  release_lease: {
    "by its token":            "-       -       -       -         -       -           -           -       yes",
  },
  begin_purge: {
    "of pi-1":                 "-       -       -       -         -       -           -           -       yes",
  },
  finish_purge: {
    "of pi-1":                 "-       -       -       -         -       -           -           -       yes",
  },
  retention_run_counts: {
    "of any run":              "-       -       -       -         -       -           -           -       yes",
  },
  acknowledge_alerts: {
    "of pi-1":                 "-       -       -       yes       yes     -           -           -       yes",
  },
  silence_alerts: {
    "of pi-1":                 "-       -       -       yes       yes     -           -           -       yes",
  },
  alert_inputs: {
    "now":                     "-       -       -       -         -       -           -           -       yes",
  },
  apply_alert_round: {
    "a stale one":             "-       -       -       -         -       -           -           -       yes",
  },
  claim_alert_deliveries: {
    "what is due":             "-       -       -       -         -       -           -           -       yes",
  },
  prune_history: {
    "what is old":             "-       -       -       -         -       -           -           -       yes",
  },
  captures_to_check: {
    "of pilab-dev":            "-       -       -       -         -       -           -           -       yes",
  },
  record_account_change: {
    "of an account":           "-       -       -       -         -       -           -           -       yes",
  },
  record_password_change: {
    "of their own":            "-       -       yes     yes       yes     -           -           -       -",
  },
  record_checks: {
    "of pi-1":                 "-       -       -       -         -       -           -           -       yes",
  },
  compare_catalogue: {
    "of pilab-dev":            "-       -       -       -         -       -           -           -       yes",
  },
  compare_thumbnails: {
    "of pilab-dev":            "-       -       -       -         -       -           -           -       yes",
  },
  refresh_thumbnails: {
    "of pi-1":                 "-       -       -       -         -       -           -           -       yes",
  },
  take_in_unknown: {
    "of pi-1":                 "-       -       -       -         -       -           -           -       yes",
  },
  recount_captures: {
    "of pi-1":                 "-       -       -       -         -       -           -           -       yes",
  },
  seal_audit_log: {
    "what is new":             "-       -       -       -         -       -           -           -       yes",
  },
  verify_audit_seals: {
    "from the first":          "-       -       -       yes       yes     -           -           -       yes",
  },
  audit_lines: {
    "from the first":          "-       none    none    yes       yes     none        none        none    yes",
  },
};

// biome-ignore format: it is a table
const OBJECTS_OF_CAPTURES: Record<string, string> = {
  //                            anon    none    viewer  operator  admin   device      other       retired service
  "upload pi-1/":              "-       -       -       -         -       yes         -           -       yes",
  "upload pi-2/":              "-       -       -       -         -       -           yes         -       yes",
  "upload pi-old/":            "-       -       -       -         -       -           -           -       yes",
  "upload PI-1/":              "-       -       -       -         -       -           -           -       yes",
  "upload the root":           "-       -       -       -         -       -           -           -       yes",
  "sign an upload to pi-1/":   "-       -       -       -         -       yes         -           -       yes",
  "download private of pi-1":  "-       -       yes     yes       yes     yes         -           -       yes",
  "download public of pi-1":   "yes     yes     yes     yes       yes     yes         yes         yes     yes",
  "download private of pi-2":  "-       -       yes     yes       yes     -           yes         -       yes",
  "download private of pi-old": "-      -       yes     yes       yes     -           -           -       yes",
  "sign private of pi-1":      "-       -       yes     yes       yes     yes         -           -       yes",
  "list private of pi-1":      "-       -       yes     yes       yes     yes         -           -       yes",
  "overwrite in pi-1/":        "-       -       -       -         -       -           -           -       yes",
  "move within pi-1/":         "-       -       -       -         -       -           -           -       yes",
  "remove from pi-1/":         "-       -       -       -         -       -           -           -       yes",
};
// biome-ignore format: it is a table
const OBJECTS_OF_OTHERS: Record<string, string> = {
  "upload pi-1/":              "-       -       -       -         -       -           -           -       yes",
  "download private of pi-1":  "-       -       -       -         -       -           -           -       yes",
  "list private of pi-1":      "-       -       -       -         -       -           -           -       yes",
  "remove from pi-1/":         "-       -       -       -         -       -           -           -       yes",
};

/** Each bucket of storage.buckets; `elsewhere` is the suite's own, of no row in bucket_settings. */
export const OBJECTS: Record<string, Record<string, string>> = {
  "pilab-dev": OBJECTS_OF_CAPTURES,
  "pilab-dev-thumbs": OBJECTS_OF_CAPTURES,
  elsewhere: OBJECTS_OF_OTHERS,
};
