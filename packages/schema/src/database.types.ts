// Generated from supabase/migrations by `npm run db:types`. Do not edit.

export type Json =
  | string
  | number
  | boolean
  | null
  | { [key: string]: Json | undefined }
  | Json[]

export type Database = {
  public: {
    Tables: {
      alert_channels: {
        Row: {
          config: NonNullable<Json>
          created_at: string
          enabled: boolean
          id: string
          kind: string
          min_severity: string
          name: string
          secret_env: string | null
          updated_at: string
        }
        Insert: {
          config?: NonNullable<Json>
          created_at?: string
          enabled?: boolean
          id?: string
          kind: string
          min_severity?: string
          name: string
          secret_env?: string | null
          updated_at?: string
        }
        Update: {
          config?: NonNullable<Json>
          created_at?: string
          enabled?: boolean
          id?: string
          kind?: string
          min_severity?: string
          name?: string
          secret_env?: string | null
          updated_at?: string
        }
        Relationships: []
      }
      alert_deliveries: {
        Row: {
          attempts: number
          channel_id: string
          created_at: string
          group_key: string
          id: string
          kind: string
          last_error: string | null
          message: NonNullable<Json>
          next_attempt_at: string
          sent_at: string | null
          state: string
        }
        Insert: {
          attempts?: number
          channel_id: string
          created_at?: string
          group_key: string
          id?: string
          kind?: string
          last_error?: string | null
          message: NonNullable<Json>
          next_attempt_at?: string
          sent_at?: string | null
          state?: string
        }
        Update: {
          attempts?: number
          channel_id?: string
          created_at?: string
          group_key?: string
          id?: string
          kind?: string
          last_error?: string | null
          message?: NonNullable<Json>
          next_attempt_at?: string
          sent_at?: string | null
          state?: string
        }
        Relationships: [
          {
            foreignKeyName: "alert_deliveries_channel_id_fkey"
            columns: ["channel_id"]
            isOneToOne: false
            referencedRelation: "alert_channels"
            referencedColumns: ["id"]
          },
        ]
      }
      alert_rules: {
        Row: {
          created_at: string
          enabled: boolean
          id: string
          key: string
          params: NonNullable<Json>
          severity: string
          updated_at: string
        }
        Insert: {
          created_at?: string
          enabled?: boolean
          id?: string
          key: string
          params?: NonNullable<Json>
          severity: string
          updated_at?: string
        }
        Update: {
          created_at?: string
          enabled?: boolean
          id?: string
          key?: string
          params?: NonNullable<Json>
          severity?: string
          updated_at?: string
        }
        Relationships: []
      }
      alerts: {
        Row: {
          acknowledged_at: string | null
          acknowledged_by: string | null
          detail: NonNullable<Json>
          held: boolean
          id: string
          last_seen_at: string
          opened_at: string
          resolved_at: string | null
          resolved_because: string | null
          rule_id: string
          rule_key: string
          severity: string
          silenced_by: string | null
          silenced_until: string | null
          state: string
          subject_id: string
          subject_type: string
          title: string
        }
        Insert: {
          acknowledged_at?: string | null
          acknowledged_by?: string | null
          detail?: NonNullable<Json>
          held?: boolean
          id?: string
          last_seen_at?: string
          opened_at?: string
          resolved_at?: string | null
          resolved_because?: string | null
          rule_id: string
          rule_key: string
          severity: string
          silenced_by?: string | null
          silenced_until?: string | null
          state?: string
          subject_id?: string
          subject_type: string
          title: string
        }
        Update: {
          acknowledged_at?: string | null
          acknowledged_by?: string | null
          detail?: NonNullable<Json>
          held?: boolean
          id?: string
          last_seen_at?: string
          opened_at?: string
          resolved_at?: string | null
          resolved_because?: string | null
          rule_id?: string
          rule_key?: string
          severity?: string
          silenced_by?: string | null
          silenced_until?: string | null
          state?: string
          subject_id?: string
          subject_type?: string
          title?: string
        }
        Relationships: [
          {
            foreignKeyName: "alerts_rule_id_fkey"
            columns: ["rule_id"]
            isOneToOne: false
            referencedRelation: "alert_rules"
            referencedColumns: ["id"]
          },
        ]
      }
      audit_seals: {
        Row: {
          created_at: string
          digest: string
          first_id: number
          id: number
          last_id: number
          row_count: number
          rows_digest: string
        }
        Insert: {
          created_at: string
          digest: string
          first_id: number
          id: number
          last_id: number
          row_count: number
          rows_digest: string
        }
        Update: {
          created_at?: string
          digest?: string
          first_id?: number
          id?: number
          last_id?: number
          row_count?: number
          rows_digest?: string
        }
        Relationships: []
      }
      bucket_settings: {
        Row: {
          brake_files: number | null
          brake_share: number
          bucket_id: string
          quota_bytes: number | null
          time_zone: string
        }
        Insert: {
          brake_files?: number | null
          brake_share?: number
          bucket_id: string
          quota_bytes?: number | null
          time_zone?: string
        }
        Update: {
          brake_files?: number | null
          brake_share?: number
          bucket_id?: string
          quota_bytes?: number | null
          time_zone?: string
        }
        Relationships: []
      }
      capture_batches: {
        Row: {
          bytes: number
          created_at: string
          created_count: number
          device_id: string
          id: number
          newest_capture_id: string | null
          newest_captured_at: string | null
          repeated_count: number
          restored_count: number
        }
        Insert: {
          bytes: number
          created_at?: string
          created_count: number
          device_id: string
          id?: never
          newest_capture_id?: string | null
          newest_captured_at?: string | null
          repeated_count: number
          restored_count: number
        }
        Update: {
          bytes?: number
          created_at?: string
          created_count?: number
          device_id?: string
          id?: never
          newest_capture_id?: string | null
          newest_captured_at?: string | null
          repeated_count?: number
          restored_count?: number
        }
        Relationships: [
          {
            foreignKeyName: "capture_batches_device_id_fkey"
            columns: ["device_id"]
            isOneToOne: false
            referencedRelation: "devices"
            referencedColumns: ["id"]
          },
        ]
      }
      capture_checks: {
        Row: {
          bucket_id: string
          capture_id: string
          checked_at: string
          detail: string | null
          outcome: string
          since: string
        }
        Insert: {
          bucket_id: string
          capture_id: string
          checked_at: string
          detail?: string | null
          outcome: string
          since: string
        }
        Update: {
          bucket_id?: string
          capture_id?: string
          checked_at?: string
          detail?: string | null
          outcome?: string
          since?: string
        }
        Relationships: [
          {
            foreignKeyName: "capture_checks_capture_id_fkey"
            columns: ["capture_id"]
            isOneToOne: true
            referencedRelation: "captures"
            referencedColumns: ["id"]
          },
        ]
      }
      capture_stats_daily: {
        Row: {
          bucket_id: string
          day: string
          device_id: string
          live_bytes: number
          live_files: number
          purged_bytes: number
          purged_files: number
          purging_bytes: number
          purging_files: number
          series: string | null
          shot_type: string | null
          trashed_bytes: number
          trashed_files: number
        }
        Insert: {
          bucket_id: string
          day: string
          device_id: string
          live_bytes?: number
          live_files?: number
          purged_bytes?: number
          purged_files?: number
          purging_bytes?: number
          purging_files?: number
          series?: string | null
          shot_type?: string | null
          trashed_bytes?: number
          trashed_files?: number
        }
        Update: {
          bucket_id?: string
          day?: string
          device_id?: string
          live_bytes?: number
          live_files?: number
          purged_bytes?: number
          purged_files?: number
          purging_bytes?: number
          purging_files?: number
          series?: string | null
          shot_type?: string | null
          trashed_bytes?: number
          trashed_files?: number
        }
        Relationships: [
          {
            foreignKeyName: "capture_stats_daily_device_id_fkey"
            columns: ["device_id"]
            isOneToOne: false
            referencedRelation: "devices"
            referencedColumns: ["id"]
          },
        ]
      }
      capture_totals: {
        Row: {
          bucket_id: string
          device_id: string
          live_bytes: number
          live_files: number
          purged_bytes: number
          purged_files: number
          purging_bytes: number
          purging_files: number
          series: string | null
          shot_type: string | null
          trashed_bytes: number
          trashed_files: number
        }
        Insert: {
          bucket_id: string
          device_id: string
          live_bytes?: number
          live_files?: number
          purged_bytes?: number
          purged_files?: number
          purging_bytes?: number
          purging_files?: number
          series?: string | null
          shot_type?: string | null
          trashed_bytes?: number
          trashed_files?: number
        }
        Update: {
          bucket_id?: string
          device_id?: string
          live_bytes?: number
          live_files?: number
          purged_bytes?: number
          purged_files?: number
          purging_bytes?: number
          purging_files?: number
          series?: string | null
          shot_type?: string | null
          trashed_bytes?: number
          trashed_files?: number
        }
        Relationships: [
          {
            foreignKeyName: "capture_totals_device_id_fkey"
            columns: ["device_id"]
            isOneToOne: false
            referencedRelation: "devices"
            referencedColumns: ["id"]
          },
        ]
      }
      captures: {
        Row: {
          brightness: number | null
          bucket_id: string
          captured_at: string
          captured_at_source: string
          captured_at_trusted: boolean
          clock_offset_ms: number | null
          content_type: string
          contrast: number | null
          created_at: string
          delete_reason: string | null
          deleted_at: string | null
          device_id: string
          exif: NonNullable<Json>
          file_name: string
          height: number | null
          id: string
          is_public: boolean
          last_repeated_at: string | null
          measures_source: string | null
          measures_version: string | null
          metadata: NonNullable<Json>
          object_path: string
          pinned_at: string | null
          purged_at: string | null
          purging_at: string | null
          repeat_count: number
          series: string | null
          sha256: string
          sharpness: number | null
          shot_type: string | null
          size_bytes: number
          storage_object_id: string | null
          thumbnail_bytes: number | null
          thumbnail_path: string | null
          width: number | null
        }
        Insert: {
          brightness?: number | null
          bucket_id: string
          captured_at: string
          captured_at_source: string
          captured_at_trusted?: boolean
          clock_offset_ms?: number | null
          content_type: string
          contrast?: number | null
          created_at?: string
          delete_reason?: string | null
          deleted_at?: string | null
          device_id: string
          exif?: NonNullable<Json>
          file_name: string
          height?: number | null
          id?: string
          is_public?: boolean
          last_repeated_at?: string | null
          measures_source?: string | null
          measures_version?: string | null
          metadata?: NonNullable<Json>
          object_path: string
          pinned_at?: string | null
          purged_at?: string | null
          purging_at?: string | null
          repeat_count?: number
          series?: string | null
          sha256: string
          sharpness?: number | null
          shot_type?: string | null
          size_bytes: number
          storage_object_id?: string | null
          thumbnail_bytes?: number | null
          thumbnail_path?: string | null
          width?: number | null
        }
        Update: {
          brightness?: number | null
          bucket_id?: string
          captured_at?: string
          captured_at_source?: string
          captured_at_trusted?: boolean
          clock_offset_ms?: number | null
          content_type?: string
          contrast?: number | null
          created_at?: string
          delete_reason?: string | null
          deleted_at?: string | null
          device_id?: string
          exif?: NonNullable<Json>
          file_name?: string
          height?: number | null
          id?: string
          is_public?: boolean
          last_repeated_at?: string | null
          measures_source?: string | null
          measures_version?: string | null
          metadata?: NonNullable<Json>
          object_path?: string
          pinned_at?: string | null
          purged_at?: string | null
          purging_at?: string | null
          repeat_count?: number
          series?: string | null
          sha256?: string
          sharpness?: number | null
          shot_type?: string | null
          size_bytes?: number
          storage_object_id?: string | null
          thumbnail_bytes?: number | null
          thumbnail_path?: string | null
          width?: number | null
        }
        Relationships: [
          {
            foreignKeyName: "captures_bucket_id_fkey"
            columns: ["bucket_id"]
            isOneToOne: false
            referencedRelation: "bucket_settings"
            referencedColumns: ["bucket_id"]
          },
          {
            foreignKeyName: "captures_device_id_fkey"
            columns: ["device_id"]
            isOneToOne: false
            referencedRelation: "devices"
            referencedColumns: ["id"]
          },
        ]
      }
      check_results: {
        Row: {
          check_name: string
          checked_at: string
          detail: NonNullable<Json>
          found: number
          ok: boolean
          subject_id: string
        }
        Insert: {
          check_name: string
          checked_at?: string
          detail?: NonNullable<Json>
          found?: number
          ok: boolean
          subject_id?: string
        }
        Update: {
          check_name?: string
          checked_at?: string
          detail?: NonNullable<Json>
          found?: number
          ok?: boolean
          subject_id?: string
        }
        Relationships: []
      }
      device_status: {
        Row: {
          agent_version: string | null
          card_bytes_written_today: number | null
          clock_synced: boolean | null
          cpu_temp_c: number | null
          device_id: string
          disk_free_bytes: number | null
          disk_total_bytes: number | null
          instance: string | null
          last_error: string | null
          last_quarantine_reason: string | null
          last_upload_at: string | null
          oldest_queued_at: string | null
          quarantined_files: number | null
          queue_bytes: number | null
          queue_files: number | null
          reported_at: string
          state: string | null
          throttled: boolean | null
          uplink_bytes_per_s: number | null
        }
        Insert: {
          agent_version?: string | null
          card_bytes_written_today?: number | null
          clock_synced?: boolean | null
          cpu_temp_c?: number | null
          device_id: string
          disk_free_bytes?: number | null
          disk_total_bytes?: number | null
          instance?: string | null
          last_error?: string | null
          last_quarantine_reason?: string | null
          last_upload_at?: string | null
          oldest_queued_at?: string | null
          quarantined_files?: number | null
          queue_bytes?: number | null
          queue_files?: number | null
          reported_at: string
          state?: string | null
          throttled?: boolean | null
          uplink_bytes_per_s?: number | null
        }
        Update: {
          agent_version?: string | null
          card_bytes_written_today?: number | null
          clock_synced?: boolean | null
          cpu_temp_c?: number | null
          device_id?: string
          disk_free_bytes?: number | null
          disk_total_bytes?: number | null
          instance?: string | null
          last_error?: string | null
          last_quarantine_reason?: string | null
          last_upload_at?: string | null
          oldest_queued_at?: string | null
          quarantined_files?: number | null
          queue_bytes?: number | null
          queue_files?: number | null
          reported_at?: string
          state?: string | null
          throttled?: boolean | null
          uplink_bytes_per_s?: number | null
        }
        Relationships: [
          {
            foreignKeyName: "device_status_device_id_fkey"
            columns: ["device_id"]
            isOneToOne: true
            referencedRelation: "devices"
            referencedColumns: ["id"]
          },
        ]
      }
      device_status_hourly: {
        Row: {
          card_bytes_written_max: number | null
          clock_unsynced: boolean | null
          cpu_temp_c_max: number | null
          device_id: string
          disk_free_bytes: number | null
          disk_free_bytes_min: number | null
          disk_total_bytes: number | null
          hour: string
          instance_changes: number
          last_error: string | null
          quarantined_files: number | null
          queue_bytes: number | null
          queue_bytes_max: number | null
          queue_files: number | null
          queue_files_max: number | null
          reported_at: string
          reports: number
          throttled: boolean | null
          uplink_bytes_per_s: number | null
        }
        Insert: {
          card_bytes_written_max?: number | null
          clock_unsynced?: boolean | null
          cpu_temp_c_max?: number | null
          device_id: string
          disk_free_bytes?: number | null
          disk_free_bytes_min?: number | null
          disk_total_bytes?: number | null
          hour: string
          instance_changes?: number
          last_error?: string | null
          quarantined_files?: number | null
          queue_bytes?: number | null
          queue_bytes_max?: number | null
          queue_files?: number | null
          queue_files_max?: number | null
          reported_at: string
          reports?: number
          throttled?: boolean | null
          uplink_bytes_per_s?: number | null
        }
        Update: {
          card_bytes_written_max?: number | null
          clock_unsynced?: boolean | null
          cpu_temp_c_max?: number | null
          device_id?: string
          disk_free_bytes?: number | null
          disk_free_bytes_min?: number | null
          disk_total_bytes?: number | null
          hour?: string
          instance_changes?: number
          last_error?: string | null
          quarantined_files?: number | null
          queue_bytes?: number | null
          queue_bytes_max?: number | null
          queue_files?: number | null
          queue_files_max?: number | null
          reported_at?: string
          reports?: number
          throttled?: boolean | null
          uplink_bytes_per_s?: number | null
        }
        Relationships: [
          {
            foreignKeyName: "device_status_hourly_device_id_fkey"
            columns: ["device_id"]
            isOneToOne: false
            referencedRelation: "devices"
            referencedColumns: ["id"]
          },
        ]
      }
      devices: {
        Row: {
          created_at: string
          expected_interval_s: number | null
          id: string
          name: string
          paused_until: string | null
          retired_at: string | null
          series: string | null
          shot_type: string | null
          slug: string
          time_zone: string
          user_id: string | null
        }
        Insert: {
          created_at?: string
          expected_interval_s?: number | null
          id?: string
          name: string
          paused_until?: string | null
          retired_at?: string | null
          series?: string | null
          shot_type?: string | null
          slug: string
          time_zone?: string
          user_id?: string | null
        }
        Update: {
          created_at?: string
          expected_interval_s?: number | null
          id?: string
          name?: string
          paused_until?: string | null
          retired_at?: string | null
          series?: string | null
          shot_type?: string | null
          slug?: string
          time_zone?: string
          user_id?: string | null
        }
        Relationships: []
      }
      leases: {
        Row: {
          acquired_at: string
          expires_at: string
          holder: string
          lease_token: number
          name: string
        }
        Insert: {
          acquired_at: string
          expires_at: string
          holder: string
          lease_token: number
          name: string
        }
        Update: {
          acquired_at?: string
          expires_at?: string
          holder?: string
          lease_token?: number
          name?: string
        }
        Relationships: []
      }
      retention_policies: {
        Row: {
          brake_share: number | null
          bucket_id: string | null
          created_at: string
          device_id: string | null
          enabled: boolean
          grace_days: number
          id: string
          keep_days: number | null
          keep_last: number | null
          max_bytes: number | null
          series: string | null
          shot_type: string | null
          thin_after_days: number | null
          thin_every: string | null
          thin_keep: string | null
          updated_at: string
        }
        Insert: {
          brake_share?: number | null
          bucket_id?: string | null
          created_at?: string
          device_id?: string | null
          enabled?: boolean
          grace_days?: number
          id?: string
          keep_days?: number | null
          keep_last?: number | null
          max_bytes?: number | null
          series?: string | null
          shot_type?: string | null
          thin_after_days?: number | null
          thin_every?: string | null
          thin_keep?: string | null
          updated_at?: string
        }
        Update: {
          brake_share?: number | null
          bucket_id?: string | null
          created_at?: string
          device_id?: string | null
          enabled?: boolean
          grace_days?: number
          id?: string
          keep_days?: number | null
          keep_last?: number | null
          max_bytes?: number | null
          series?: string | null
          shot_type?: string | null
          thin_after_days?: number | null
          thin_every?: string | null
          thin_keep?: string | null
          updated_at?: string
        }
        Relationships: [
          {
            foreignKeyName: "retention_policies_bucket_id_fkey"
            columns: ["bucket_id"]
            isOneToOne: false
            referencedRelation: "bucket_settings"
            referencedColumns: ["bucket_id"]
          },
          {
            foreignKeyName: "retention_policies_device_id_fkey"
            columns: ["device_id"]
            isOneToOne: false
            referencedRelation: "devices"
            referencedColumns: ["id"]
          },
        ]
      }
      retention_runs: {
        Row: {
          bucket_id: string
          confirmed_by: string | null
          created_at: string
          cursor: Json | null
          dry_run: boolean
          errors: NonNullable<Json>
          failed_files: number
          finished_at: string | null
          id: string
          plan: NonNullable<Json>
          planned_bytes: number
          planned_files: number
          purged_bytes: number
          purged_files: number
          started_at: string | null
          state: string
          trashed_bytes: number
          trashed_files: number
          updated_at: string
          worker: string | null
        }
        Insert: {
          bucket_id: string
          confirmed_by?: string | null
          created_at?: string
          cursor?: Json | null
          dry_run?: boolean
          errors?: NonNullable<Json>
          failed_files?: number
          finished_at?: string | null
          id?: string
          plan?: NonNullable<Json>
          planned_bytes?: number
          planned_files?: number
          purged_bytes?: number
          purged_files?: number
          started_at?: string | null
          state?: string
          trashed_bytes?: number
          trashed_files?: number
          updated_at?: string
          worker?: string | null
        }
        Update: {
          bucket_id?: string
          confirmed_by?: string | null
          created_at?: string
          cursor?: Json | null
          dry_run?: boolean
          errors?: NonNullable<Json>
          failed_files?: number
          finished_at?: string | null
          id?: string
          plan?: NonNullable<Json>
          planned_bytes?: number
          planned_files?: number
          purged_bytes?: number
          purged_files?: number
          started_at?: string | null
          state?: string
          trashed_bytes?: number
          trashed_files?: number
          updated_at?: string
          worker?: string | null
        }
        Relationships: [
          {
            foreignKeyName: "retention_runs_bucket_id_fkey"
            columns: ["bucket_id"]
            isOneToOne: false
            referencedRelation: "bucket_settings"
            referencedColumns: ["bucket_id"]
          },
        ]
      }
      scrubs: {
        Row: {
          after_device_id: string | null
          after_sha256: string | null
          bucket_id: string
          day: string
          day_bytes: number
          day_files: number
          round: number
          round_started_at: string
          updated_at: string
        }
        Insert: {
          after_device_id?: string | null
          after_sha256?: string | null
          bucket_id: string
          day: string
          day_bytes?: number
          day_files?: number
          round?: number
          round_started_at?: string
          updated_at?: string
        }
        Update: {
          after_device_id?: string | null
          after_sha256?: string | null
          bucket_id?: string
          day?: string
          day_bytes?: number
          day_files?: number
          round?: number
          round_started_at?: string
          updated_at?: string
        }
        Relationships: [
          {
            foreignKeyName: "scrubs_bucket_id_fkey"
            columns: ["bucket_id"]
            isOneToOne: true
            referencedRelation: "bucket_settings"
            referencedColumns: ["bucket_id"]
          },
        ]
      }
      storage_audit_log: {
        Row: {
          action: string
          actor: string | null
          actor_claimed: boolean
          correlation_id: string | null
          created_at: string
          details: NonNullable<Json>
          device_id: string | null
          id: number
          object_id: string | null
          object_type: string
        }
        Insert: {
          action: string
          actor?: string | null
          actor_claimed: boolean
          correlation_id?: string | null
          created_at?: string
          details?: NonNullable<Json>
          device_id?: string | null
          id?: never
          object_id?: string | null
          object_type: string
        }
        Update: {
          action?: string
          actor?: string | null
          actor_claimed?: boolean
          correlation_id?: string | null
          created_at?: string
          details?: NonNullable<Json>
          device_id?: string | null
          id?: never
          object_id?: string | null
          object_type?: string
        }
        Relationships: []
      }
      upload_stats_hourly: {
        Row: {
          bytes: number
          device_id: string
          duplicate: number
          failed: number
          hour: string
          ok: number
        }
        Insert: {
          bytes?: number
          device_id: string
          duplicate?: number
          failed?: number
          hour: string
          ok?: number
        }
        Update: {
          bytes?: number
          device_id?: string
          duplicate?: number
          failed?: number
          hour?: string
          ok?: number
        }
        Relationships: [
          {
            foreignKeyName: "upload_stats_hourly_device_id_fkey"
            columns: ["device_id"]
            isOneToOne: false
            referencedRelation: "devices"
            referencedColumns: ["id"]
          },
        ]
      }
      upload_totals: {
        Row: {
          bytes: number
          device_id: string
          duplicate: number
          failed: number
          ok: number
        }
        Insert: {
          bytes?: number
          device_id: string
          duplicate?: number
          failed?: number
          ok?: number
        }
        Update: {
          bytes?: number
          device_id?: string
          duplicate?: number
          failed?: number
          ok?: number
        }
        Relationships: [
          {
            foreignKeyName: "upload_totals_device_id_fkey"
            columns: ["device_id"]
            isOneToOne: true
            referencedRelation: "devices"
            referencedColumns: ["id"]
          },
        ]
      }
      worker_requests: {
        Row: {
          args: NonNullable<Json>
          created_at: string
          error: string | null
          finished_at: string | null
          id: string
          kind: string
          requested_by: string | null
          result: Json | null
          started_at: string | null
          state: string
          worker: string | null
        }
        Insert: {
          args?: NonNullable<Json>
          created_at?: string
          error?: string | null
          finished_at?: string | null
          id?: string
          kind: string
          requested_by?: string | null
          result?: Json | null
          started_at?: string | null
          state?: string
          worker?: string | null
        }
        Update: {
          args?: NonNullable<Json>
          created_at?: string
          error?: string | null
          finished_at?: string | null
          id?: string
          kind?: string
          requested_by?: string | null
          result?: Json | null
          started_at?: string | null
          state?: string
          worker?: string | null
        }
        Relationships: []
      }
      worker_status: {
        Row: {
          channels: NonNullable<Json>
          host: string | null
          last_error: string | null
          name: string
          schedule: string | null
          started_at: string | null
          tick_at: string
          version: string | null
        }
        Insert: {
          channels?: NonNullable<Json>
          host?: string | null
          last_error?: string | null
          name: string
          schedule?: string | null
          started_at?: string | null
          tick_at?: string
          version?: string | null
        }
        Update: {
          channels?: NonNullable<Json>
          host?: string | null
          last_error?: string | null
          name?: string
          schedule?: string | null
          started_at?: string | null
          tick_at?: string
          version?: string | null
        }
        Relationships: []
      }
    }
    Views: {
      [_ in never]: never
    }
    Functions: {
      acknowledge_alerts: { Args: { ids: string[] }; Returns: string[] }
      acquire_lease: {
        Args: { holder: string; name: string; ttl_s: number }
        Returns: {
          acquired: boolean
          expires_at: string
          holder_now: string
          lease_token: number
        }[]
      }
      alert_inputs: { Args: Record<PropertyKey, never>; Returns: Json }
      apply_alert_round: { Args: { round: Json }; Returns: boolean }
      audit_lines: {
        Args: { after_id?: number; max_rows?: number }
        Returns: {
          id: number
          line: string
          seal_id: number
        }[]
      }
      begin_purge: {
        Args: { bucket_id: string; ids: string[]; lease_token: number }
        Returns: {
          bytes: number
          id: string
          object_path: string
          outcome: string
          reason: string
        }[]
      }
      capture_cadence: {
        Args: {
          bucket_minutes: number
          for_device_id?: string
          for_series?: string
          since: string
          until: string
        }
        Returns: Json
      }
      captures_to_check: {
        Args: {
          bucket_id: string
          max_bytes?: number
          max_rows?: number
          sample?: number
        }
        Returns: Json
      }
      claim_alert_deliveries: {
        Args: { lease_s: number }
        Returns: {
          attempts: number
          channel_id: string
          created_at: string
          group_key: string
          id: string
          kind: string
          last_error: string | null
          message: NonNullable<Json>
          next_attempt_at: string
          sent_at: string | null
          state: string
        }[]
        SetofOptions: {
          from: "*"
          to: "alert_deliveries"
          isOneToOne: false
          isSetofReturn: true
        }
      }
      compare_catalogue: {
        Args: {
          after_path?: string
          bucket_id: string
          max_rows?: number
          min_age_s?: number
        }
        Returns: Json
      }
      compare_thumbnails: {
        Args: {
          after_path?: string
          bucket_id: string
          max_rows?: number
          min_age_s?: number
        }
        Returns: Json
      }
      device_overview: { Args: { for_device_id?: string }; Returns: Json }
      finish_purge: {
        Args: { ids: string[] }
        Returns: {
          bytes: number
          id: string
          object_path: string
          outcome: string
          reason: string
        }[]
      }
      fleet_overview: { Args: { bucket_id: string }; Returns: Json }
      known_captures: {
        Args: { bucket_id: string; for_device_id?: string; hashes: string[] }
        Returns: {
          id: string
          object_path: string
          sha256: string
          size_bytes: number
          state: string
        }[]
      }
      log_captures: {
        Args: { captures: Json; for_device_id?: string }
        Returns: {
          id: string
          object_path: string
          outcome: string
          position: number
          reason: string
          sha256: string
        }[]
      }
      metrics_snapshot: { Args: Record<PropertyKey, never>; Returns: Json }
      pin_captures: {
        Args: { ids: string[] }
        Returns: {
          id: string
          outcome: string
          reason: string
        }[]
      }
      prune_history: { Args: Record<PropertyKey, never>; Returns: Json }
      publish_captures: {
        Args: { ids: string[] }
        Returns: {
          id: string
          outcome: string
          reason: string
        }[]
      }
      record_account_change: {
        Args: { account_id: string; change: string; details?: Json }
        Returns: undefined
      }
      record_checks: {
        Args: { bucket_id: string; checks: Json; through?: Json }
        Returns: Json
      }
      record_password_change: {
        Args: { refused?: boolean }
        Returns: undefined
      }
      recount_captures: {
        Args: {
          bucket_id: string
          days?: number
          device_id: string
          from_day?: string
          repair?: boolean
        }
        Returns: Json
      }
      refresh_thumbnails: { Args: { ids: string[] }; Returns: number }
      release_lease: {
        Args: { lease_token: number; name: string }
        Returns: boolean
      }
      renew_lease: {
        Args: { lease_token: number; name: string; ttl_s: number }
        Returns: string
      }
      report_device_status: {
        Args: { for_device_id?: string; status: Json }
        Returns: undefined
      }
      report_uploads: {
        Args: {
          for_device_id?: string
          journal_id: string
          seq: number
          totals: Json
        }
        Returns: boolean
      }
      restore_captures: {
        Args: { ids: string[] }
        Returns: {
          id: string
          outcome: string
          reason: string
        }[]
      }
      retention_run_counts: {
        Args: { run_id: string }
        Returns: {
          purged_bytes: number
          purged_files: number
          trashed_bytes: number
          trashed_files: number
        }[]
      }
      seal_audit_log: {
        Args: { max_rows?: number }
        Returns: {
          created_at: string
          digest: string
          first_id: number
          id: number
          last_id: number
          row_count: number
          rows_digest: string
        }[]
        SetofOptions: {
          from: "*"
          to: "audit_seals"
          isOneToOne: false
          isSetofReturn: true
        }
      }
      set_capture_fields: {
        Args: { fields: Json; ids: string[] }
        Returns: {
          id: string
          outcome: string
          reason: string
        }[]
      }
      silence_alerts: {
        Args: { ids: string[]; until: string }
        Returns: string[]
      }
      soft_delete_captures: {
        Args: { delete_reason?: string; ids: string[] }
        Returns: {
          id: string
          outcome: string
          reason: string
        }[]
      }
      storage_usage: { Args: { bucket_id: string }; Returns: Json }
      stored_objects: {
        Args: { bucket_id: string; object_paths: string[] }
        Returns: {
          etag: string
          object_path: string
          size_bytes: number
        }[]
      }
      take_in_unknown: {
        Args: { item: Json; remove?: boolean }
        Returns: {
          id: string
          outcome: string
          reason: string
        }[]
      }
      unpin_captures: {
        Args: { ids: string[] }
        Returns: {
          id: string
          outcome: string
          reason: string
        }[]
      }
      unpublish_captures: {
        Args: { ids: string[] }
        Returns: {
          id: string
          outcome: string
          reason: string
        }[]
      }
      upload_stats: {
        Args: {
          for_device_id?: string
          since: string
          step?: string
          time_zone?: string
          until?: string
        }
        Returns: Json
      }
      usage_daily: {
        Args: {
          bucket_id: string
          group_by?: string
          since: string
          until?: string
        }
        Returns: Json
      }
      verify_audit_seals: {
        Args: { after_seal?: number; max_seals?: number }
        Returns: Json
      }
    }
    Enums: {
      [_ in never]: never
    }
    CompositeTypes: {
      [_ in never]: never
    }
  }
}

type DatabaseWithoutInternals = Omit<Database, "__InternalSupabase">

type DefaultSchema = DatabaseWithoutInternals[Extract<keyof Database, "public">]

export type Tables<
  DefaultSchemaTableNameOrOptions extends
    | keyof (DefaultSchema["Tables"] & DefaultSchema["Views"])
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends (DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof (DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"] &
        DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Views"])
    : never) = never,
> = DefaultSchemaTableNameOrOptions extends {
  schema: keyof DatabaseWithoutInternals
}
  ? (DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"] &
      DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Views"])[TableName] extends {
      Row: infer R
    }
    ? R
    : never
  : DefaultSchemaTableNameOrOptions extends keyof (DefaultSchema["Tables"] &
        DefaultSchema["Views"])
    ? (DefaultSchema["Tables"] &
        DefaultSchema["Views"])[DefaultSchemaTableNameOrOptions] extends {
        Row: infer R
      }
      ? R
      : never
    : never

export type TablesInsert<
  DefaultSchemaTableNameOrOptions extends
    | keyof DefaultSchema["Tables"]
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends (DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"]
    : never) = never,
> = DefaultSchemaTableNameOrOptions extends {
  schema: keyof DatabaseWithoutInternals
}
  ? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"][TableName] extends {
      Insert: infer I
    }
    ? I
    : never
  : DefaultSchemaTableNameOrOptions extends keyof DefaultSchema["Tables"]
    ? DefaultSchema["Tables"][DefaultSchemaTableNameOrOptions] extends {
        Insert: infer I
      }
      ? I
      : never
    : never

export type TablesUpdate<
  DefaultSchemaTableNameOrOptions extends
    | keyof DefaultSchema["Tables"]
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends (DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"]
    : never) = never,
> = DefaultSchemaTableNameOrOptions extends {
  schema: keyof DatabaseWithoutInternals
}
  ? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"][TableName] extends {
      Update: infer U
    }
    ? U
    : never
  : DefaultSchemaTableNameOrOptions extends keyof DefaultSchema["Tables"]
    ? DefaultSchema["Tables"][DefaultSchemaTableNameOrOptions] extends {
        Update: infer U
      }
      ? U
      : never
    : never

export type Enums<
  DefaultSchemaEnumNameOrOptions extends
    | keyof DefaultSchema["Enums"]
    | { schema: keyof DatabaseWithoutInternals },
  EnumName extends (DefaultSchemaEnumNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions["schema"]]["Enums"]
    : never) = never,
> = DefaultSchemaEnumNameOrOptions extends {
  schema: keyof DatabaseWithoutInternals
}
  ? DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions["schema"]]["Enums"][EnumName]
  : DefaultSchemaEnumNameOrOptions extends keyof DefaultSchema["Enums"]
    ? DefaultSchema["Enums"][DefaultSchemaEnumNameOrOptions]
    : never

export type CompositeTypes<
  PublicCompositeTypeNameOrOptions extends
    | keyof DefaultSchema["CompositeTypes"]
    | { schema: keyof DatabaseWithoutInternals },
  CompositeTypeName extends (PublicCompositeTypeNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[PublicCompositeTypeNameOrOptions["schema"]]["CompositeTypes"]
    : never) = never,
> = PublicCompositeTypeNameOrOptions extends {
  schema: keyof DatabaseWithoutInternals
}
  ? DatabaseWithoutInternals[PublicCompositeTypeNameOrOptions["schema"]]["CompositeTypes"][CompositeTypeName]
  : PublicCompositeTypeNameOrOptions extends keyof DefaultSchema["CompositeTypes"]
    ? DefaultSchema["CompositeTypes"][PublicCompositeTypeNameOrOptions]
    : never

export const Constants = {
  public: {
    Enums: {},
  },
} as const
